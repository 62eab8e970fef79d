#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fuzz/invariant.hpp"
#include "konduit/dial.hpp"
#include "konduit/error.hpp"
#include "kube/access.hpp"

namespace {

using namespace konduit;
using fuzz::hold;

/// Nothing where it is refused. No other exception may leave the reader.
std::optional<kube::Access> read(std::string_view text) {
  try {
    return kube::parse_kubeconfig(text, "/nowhere/kubeconfig");
  } catch (const StartError& error) {
    hold(std::string_view(error.what()).find("kubeconfig") != std::string_view::npos ||
             std::string_view(error.what()).find("cannot read") != std::string_view::npos ||
             std::string_view(error.what()).find("token file") != std::string_view::npos,
         "a refusal names the file");
    return std::nullopt;
  }
}

}  // namespace

// A kubeconfig: what is taken can be dialled and shown to an API server.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 10'000) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto access = read(text);
  if (!access) return 0;
  hold(access->url.starts_with("tcp://") && Target::parse(std::string_view(access->url).substr(6)).has_value(),
       "an API server can be dialled");
  hold(std::ranges::all_of(access->token, [](char c) { return c > 0x20 && c < 0x7f; }), "a token can stand in a head");
  hold(access->material.cert.empty() == access->material.key.empty(), "a certificate has its key");
  const auto again = read(text);
  hold(again && again->url == access->url && again->token == access->token &&
           again->material.ca == access->material.ca && again->files == access->files,
       "the same text says the same");
  return 0;
}
