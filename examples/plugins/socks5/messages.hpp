#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <konduit/dial.hpp>

/// The bytes of SOCKS version 5 (RFC 1928) and of its user/password authentication (RFC 1929). No policy, no waiting:
/// each parse_ function looks at what has come so far.
namespace socks5 {

using Bytes = std::span<const std::byte>;

/// No message is longer than this: a name and a password of 255 bytes each.
inline constexpr std::size_t kLongestMessage = 513;

enum class Fault : std::uint8_t {
  none,          ///< The message is complete.
  incomplete,    ///< More bytes must come first; nothing is wrong so far.
  version,       ///< Not this protocol, or not this version of it.
  command,       ///< Something else than CONNECT.
  address_type,  ///< Not IPv4, IPv6 or a name.
  name,          ///< No name of a host: empty, or with bytes that none has.
};

/// The client's first message: the ways in which it can say who it is.
struct Greeting {
  Fault fault = Fault::incomplete;
  std::size_t size = 0;  ///< Bytes of the message, once it is complete.
  bool nobody = false;   ///< X'00': it need not say who it is.
  bool password = false;
};
Greeting parse_greeting(Bytes bytes) noexcept;

/// RFC 1929: who the client says it is. Secret.
struct Login {
  Fault fault = Fault::incomplete;
  std::size_t size = 0;
  std::string username;
  std::string password;
};
Login parse_login(Bytes bytes);

/// What the client wants to reach.
struct Request {
  Fault fault = Fault::incomplete;
  std::size_t size = 0;
  konduit::Target target;
};
Request parse_request(Bytes bytes);

enum class Method : std::uint8_t { nobody = 0x00, password = 0x02, none_acceptable = 0xff };

/// RFC 1928, section 6: the codes of a reply.
enum class Reply : std::uint8_t {
  succeeded = 0x00,
  general_failure = 0x01,
  not_allowed = 0x02,
  network_unreachable = 0x03,
  host_unreachable = 0x04,
  connection_refused = 0x05,
  ttl_expired = 0x06,
  command_not_supported = 0x07,
  address_type_not_supported = 0x08,
};

Reply reply_to(konduit::DialErrc code) noexcept;
/// REQUIRES: a fault of a request that is neither none nor incomplete.
Reply reply_to(Fault fault) noexcept;

std::string method_message(Method method);
std::string login_message(bool let_in);
/// The bound address is answered as 0.0.0.0:0: where the connection begins is not known here, and no client needs it.
std::string reply_message(Reply reply);

}  // namespace socks5
