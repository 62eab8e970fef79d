#pragma once

#include <optional>
#include <string_view>

#include "konduit/asio.hpp"

namespace konduit::targets {

/// What the host of a target is.
struct HostForm {
  /// The address, normalised, if it is one in the spelling that everybody reads alike.
  std::optional<asio::ip::address> address;
  /// Constant text: why it is neither an address nor a name, though some resolvers take it for one. "127.1", "0x7f.1"
  /// and "2130706433" lead to 127.0.0.1 in one program and nowhere in the next (inet_aton(3)). Empty if it is either.
  std::string_view fault;
};

HostForm form_of(std::string_view host);

}  // namespace konduit::targets
