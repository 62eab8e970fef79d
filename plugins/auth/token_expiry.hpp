#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace konduit::auth {

/// When a JSON Web Token says that it ends (RFC 7519, 4.1.4), unverified: good for not believing it any longer, and for
/// nothing else. Empty for any other token.
std::optional<std::chrono::system_clock::time_point> stated_expiry(std::string_view token);

}  // namespace konduit::auth
