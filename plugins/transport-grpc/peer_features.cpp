#include "transport-grpc/peer_features.hpp"

#include <algorithm>

namespace konduit::transport_grpc {
namespace {

struct Name {
  std::string_view text;
  bool PeerFeatures::* feature;
};

constexpr Name kNames[] = {
    {"credit/1", &PeerFeatures::credit},
    {"half-close/1", &PeerFeatures::half_close},
    {"reset/1", &PeerFeatures::reset},
};

std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

}  // namespace

PeerFeatures common_features(std::string_view list) noexcept {
  PeerFeatures features;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    const std::string_view item = trimmed(list.substr(0, end));
    for (const Name& name : kNames) {
      if (item == name.text) features.*name.feature = kOwnFeatures.*name.feature;
    }
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return features;
}

std::string feature_list(const PeerFeatures& features) {
  std::string list;
  for (const Name& name : kNames) {
    if (!(features.*name.feature)) continue;
    if (!list.empty()) list += ", ";
    list += name.text;
  }
  return list;
}

}  // namespace konduit::transport_grpc
