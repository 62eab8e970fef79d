#include "lb-discovery/labels.hpp"

namespace konduit::lb {

std::optional<LabelMap> parse_labels(std::string_view text) {
  LabelMap labels;
  for (;;) {
    const std::size_t comma = text.find(',');
    const std::string_view pair = text.substr(0, comma);
    const std::size_t equals = pair.find('=');
    if (equals == 0 || equals == std::string_view::npos || pair.find_first_of(" \t=", equals + 1) != pair.npos ||
        pair.substr(0, equals).find_first_of(" \t") != pair.npos) {
      return std::nullopt;
    }
    if (!labels.emplace(pair.substr(0, equals), pair.substr(equals + 1)).second) return std::nullopt;
    if (comma == std::string_view::npos) return labels;
    text.remove_prefix(comma + 1);
  }
}

std::string selector_of(const LabelMap& labels) {
  std::string text;
  for (const auto& [key, value] : labels) text += (text.empty() ? "" : ",") + key + "=" + value;
  return text;
}

}  // namespace konduit::lb
