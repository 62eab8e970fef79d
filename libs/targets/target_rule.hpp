#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "targets/network.hpp"

namespace konduit::targets {

/// A target's name as rules compare it: lower case, without the dot that ends a fully qualified name.
std::string normalised_name(std::string_view host);

/// Which targets are meant: who, and on which ports. One line of an access list or of a route.
///
///   10.0.0.0/8   10.0.0.1   fd00::/8   [fd00::/8]:443   10.0.0.0/8:8000-8999
///   api.internal   *.internal   *.internal:443   *:22
class TargetRule {
 public:
  /// Empty if `text` is no rule; `error` then says what is wrong with it.
  static std::optional<TargetRule> parse(std::string_view text, std::string& error);

  /// `name` is normalised. True for rules about names and for "*".
  bool matches_name(std::string_view name, std::uint16_t port) const noexcept;
  /// `address` is normalised. True for rules about networks and for "*".
  bool matches_address(const asio::ip::address& address, std::uint16_t port) const noexcept;
  /// True if the rule may match an address on this port: only a resolved name can tell.
  bool concerns_addresses(std::uint16_t port) const noexcept { return who_ == Who::network && has_port(port); }

  /// As it stands in the document.
  const std::string& text() const noexcept { return text_; }

 private:
  enum class Who : std::uint8_t { everybody, name, suffix, network };

  TargetRule() = default;
  bool parse_who(std::string_view text, std::string& error);
  bool parse_name(std::string_view text, std::string& error);
  bool parse_ports(std::string_view text, std::string& error);
  bool has_port(std::uint16_t port) const noexcept { return port >= first_port_ && port <= last_port_; }

  std::string text_;
  Who who_ = Who::everybody;
  std::string name_;  // of a suffix: with its leading dot
  std::optional<Network> network_;
  std::uint16_t first_port_ = 0;
  std::uint16_t last_port_ = 65535;
};

}  // namespace konduit::targets
