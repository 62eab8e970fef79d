#include "auth/token_expiry.hpp"

#include <algorithm>
#include <string>

#include "konduit/error.hpp"
#include "kube/file.hpp"
#include "kube/json.hpp"

namespace konduit::auth {
namespace {

/// Later ends are no ends; and a clock of nanoseconds has no number for them.
constexpr double kLatest = 7'258'118'400;  // the year 2200

/// The second of a token's three parts as JSON; empty if it has no such part.
std::string claims_text(std::string_view token) {
  const std::size_t first = token.find('.');
  if (first == std::string_view::npos) return {};
  const std::size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos) return {};
  std::string part(token.substr(first + 1, second - first - 1));
  std::ranges::replace(part, '-', '+');
  std::ranges::replace(part, '_', '/');
  part.resize((part.size() + 3) / 4 * 4, '=');
  try {
    return kube::decoded_base64(part, "token");
  } catch (const StartError&) {
    return {};
  }
}

}  // namespace

std::optional<std::chrono::system_clock::time_point> stated_expiry(std::string_view token) {
  const auto claims = kube::parse_object(claims_text(token));
  const kube::json::value* found = claims ? claims->if_contains("exp") : nullptr;
  if (!found || !found->is_number()) return std::nullopt;
  kube::json::error_code error;
  const double seconds = found->to_number<double>(error);
  if (error || !(seconds >= 0) || seconds > kLatest) return std::nullopt;
  return std::chrono::system_clock::time_point(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

}  // namespace konduit::auth
