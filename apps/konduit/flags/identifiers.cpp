#include "flags/identifiers.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <vector>

#include "config/encoding.hpp"

namespace konduit::flags {
namespace {

constexpr std::string_view kLists[] = {"ipv4", "ipv6", "host", "cidr"};
constexpr std::string_view kDefaultRoute = "default-route";

std::optional<std::string> unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      result += ' ';
    } else if (text[i] == '%') {
      unsigned byte = 0;
      std::string_view digits = text.substr(i + 1, 2);
      auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
      if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2) return std::nullopt;
      result += static_cast<char>(byte);
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

bool is_yes(std::string_view text) {
  constexpr std::string_view kYes[] = {"1", "t", "T", "TRUE", "true", "True"};
  return std::find(std::begin(kYes), std::end(kYes), text) != std::end(kYes);
}

}  // namespace

config::Node identifiers(const FlagValues& values, std::string_view flag, config::Problems& problems) {
  std::map<std::string, config::Node, std::less<>> lists;
  bool default_route = false;
  std::string_view rest = values.text(flag);
  while (!rest.empty()) {
    std::size_t end = std::min(rest.find('&'), rest.size());
    std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (pair.empty()) continue;
    if (pair.find(';') != std::string_view::npos) {
      values.error(flag,
                   "\"" + std::string(pair) + "\" has a ';', which separates nothing: write '&', or %3B for itself",
                   problems);
      continue;
    }
    std::size_t equals = std::min(pair.find('='), pair.size());
    auto key = unescaped(pair.substr(0, equals));
    auto value = unescaped(pair.substr(std::min(equals + 1, pair.size())));
    if (!key || !value) {
      values.error(flag, "\"" + std::string(pair) + "\" has a '%' that begins no escape", problems);
    } else if (*key == kDefaultRoute) {
      default_route = is_yes(*value);
    } else if (std::find(std::begin(kLists), std::end(kLists), *key) == std::end(kLists)) {
      values.error(flag, "unknown identifier \"" + *key + "\"; known are: ipv4, ipv6, host, cidr, default-route",
                   problems);
    } else if (const auto illegal = config::find_illegal_text(*value)) {
      values.error(flag, "\"" + std::string(pair) + "\": " + illegal->what, problems);
    } else {
      lists[*key].add(values.node(flag, *value));
    }
  }
  config::Node section;
  for (auto& [key, list] : lists) section.add(key, std::move(list));
  if (default_route) section.add(std::string(kDefaultRoute), values.node(flag, "true"));
  return section;
}

}  // namespace konduit::flags
