#include "targets/target_rule.hpp"

#include <algorithm>
#include <charconv>

namespace konduit::targets {

namespace {

bool read_port(std::string_view text, std::uint16_t& port) noexcept {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
  return failed == std::errc{} && end == text.data() + text.size() && port != 0;
}

struct Split {
  std::string_view who;
  std::optional<std::string_view> ports;
};

/// Colons belong to an IPv6 address unless it stands in brackets.
std::optional<Split> split(std::string_view text, std::string& error) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) {
      error = "the bracket is not closed";
      return std::nullopt;
    }
    const auto rest = text.substr(end + 1);
    if (rest.empty()) return Split{text.substr(1, end - 1), std::nullopt};
    if (rest.front() != ':') {
      error = "behind the bracket only a port can follow: [fd00::/8]:443";
      return std::nullopt;
    }
    return Split{text.substr(1, end - 1), rest.substr(1)};
  }
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos) {
    return Split{text, std::nullopt};
  }
  return Split{text.substr(0, colon), text.substr(colon + 1)};
}

bool looks_like_address(std::string_view text) noexcept {
  return text.find_first_of(":/") != std::string_view::npos ||
         text.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool is_name_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

}  // namespace

std::string normalised_name(std::string_view host) {
  if (host.size() > 1 && host.ends_with('.')) host.remove_suffix(1);
  std::string name(host);
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return name;
}

std::optional<TargetRule> TargetRule::parse(std::string_view text, std::string& error) {
  const auto parts = split(text, error);
  if (!parts) return std::nullopt;
  TargetRule rule;
  rule.text_ = text;
  if (!rule.parse_who(parts->who, error)) return std::nullopt;
  if (parts->ports && !rule.parse_ports(*parts->ports, error)) return std::nullopt;
  return rule;
}

bool TargetRule::parse_who(std::string_view text, std::string& error) {
  if (text.empty()) {
    error = "a host is missing; \"*\" stands for every host";
    return false;
  }
  if (text == "*") return true;
  if (!looks_like_address(text)) return parse_name(text, error);
  who_ = Who::network;
  network_ = Network::parse(text, error);
  return network_.has_value();
}

bool TargetRule::parse_name(std::string_view text, std::string& error) {
  name_ = normalised_name(text);
  who_ = Who::name;
  if (name_.starts_with("*.")) {
    who_ = Who::suffix;
    name_.erase(0, 1);
  }
  if (name_.find('*') != std::string::npos) {
    error = "a \"*\" can only stand alone or for the first labels: *.internal";
    return false;
  }
  const auto bad = std::ranges::find_if_not(name_, is_name_character);
  if (bad != name_.end()) {
    error = std::string("a name cannot hold \"") + *bad + "\"";
    return false;
  }
  if (name_.find("..") != std::string::npos || name_ == "." || (who_ == Who::name && name_.front() == '.')) {
    error = "a name cannot have an empty label";
    return false;
  }
  return true;
}

bool TargetRule::parse_ports(std::string_view text, std::string& error) {
  const auto dash = text.find('-');
  const bool range = dash != std::string_view::npos;
  if (!read_port(text.substr(0, dash), first_port_) || (range && !read_port(text.substr(dash + 1), last_port_))) {
    error = "\"" + std::string(text) + "\" is no port (1..65535) and no range (8000-8999)";
    return false;
  }
  if (!range) last_port_ = first_port_;
  if (first_port_ > last_port_) {
    error = "the port range " + std::string(text) + " is empty";
    return false;
  }
  return true;
}

bool TargetRule::matches_name(std::string_view name, std::uint16_t port) const noexcept {
  if (!has_port(port)) return false;
  switch (who_) {
    case Who::everybody: return true;
    case Who::name: return name == name_;
    case Who::suffix: return name.size() > name_.size() && name.ends_with(name_);
    case Who::network: return false;
  }
  return false;
}

bool TargetRule::matches_address(const asio::ip::address& address, std::uint16_t port) const noexcept {
  if (!has_port(port)) return false;
  return who_ == Who::everybody || (who_ == Who::network && network_->contains(address));
}

}  // namespace konduit::targets
