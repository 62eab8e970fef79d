#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace konduit::transport_grpc {

/// What an agent says of itself: "ipv4" → "10.0.0.1", keys may repeat.
using Identifiers = std::multimap<std::string, std::string, std::less<>>;

/// Of one agent: what it says is kept for as long as it is connected, and goes into every index that a selector builds.
inline constexpr std::size_t kMostIdentifiers = 256;

/// Parses the `agentIdentifiers` metadata: a URL query string. Nothing if an escape is broken or a ';' separates, as
/// Go's url.ParseQuery would refuse it, or if there are more than kMostIdentifiers.
std::optional<Identifiers> parse_identifiers(std::string_view query);

/// Writes them as a URL query string, sorted by key, as Go's url.Values.Encode does.
std::string encode_identifiers(const Identifiers& identifiers);

}  // namespace konduit::transport_grpc
