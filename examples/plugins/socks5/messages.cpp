#include "messages.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

namespace socks5 {
namespace {

constexpr std::byte kVersion{5};
constexpr std::byte kLoginVersion{1};
constexpr std::byte kConnect{1};
constexpr std::byte kIpv4{1};
constexpr std::byte kName{3};
constexpr std::byte kIpv6{4};
constexpr std::size_t kRequestHead = 4;
constexpr std::size_t kPort = 2;

std::size_t number(std::byte byte) noexcept { return std::to_integer<std::size_t>(byte); }

std::string text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

template <class Address>
std::string literal(Bytes bytes) {
  typename Address::bytes_type raw;
  std::ranges::transform(bytes.first(raw.size()), raw.begin(),
                         [](std::byte byte) { return std::to_integer<unsigned char>(byte); });
  return Address(raw).to_string();
}

/// Printable ASCII without spaces: what reaches a resolver and a log.
bool may_be_a_name(std::string_view name) noexcept {
  return !name.empty() && std::ranges::all_of(name, [](char c) { return c > 0x20 && c < 0x7f; });
}

/// The address behind a request's head; `size` gets its length on the wire, 0 while it is not known.
Fault address_size(Bytes bytes, std::size_t& size) noexcept {
  const std::byte type = bytes[kRequestHead - 1];
  if (type == kIpv4) {
    size = 4;
  } else if (type == kIpv6) {
    size = 16;
  } else if (type != kName) {
    return Fault::address_type;
  } else if (bytes.size() > kRequestHead) {
    size = 1 + number(bytes[kRequestHead]);
  }
  return Fault::none;
}

std::string host_of(Bytes address, std::byte type) {
  if (type == kIpv4) return literal<boost::asio::ip::address_v4>(address);
  if (type == kIpv6) return literal<boost::asio::ip::address_v6>(address);
  return text(address.subspan(1));
}

}  // namespace

Greeting parse_greeting(Bytes bytes) noexcept {
  Greeting greeting;
  if (bytes.empty()) return greeting;
  if (bytes[0] != kVersion) return {.fault = Fault::version};
  if (bytes.size() < 2 || bytes.size() < 2 + number(bytes[1])) return greeting;
  greeting.fault = Fault::none;
  greeting.size = 2 + number(bytes[1]);
  const auto methods = bytes.subspan(2, number(bytes[1]));
  greeting.nobody = std::ranges::find(methods, std::byte(Method::nobody)) != methods.end();
  greeting.password = std::ranges::find(methods, std::byte(Method::password)) != methods.end();
  return greeting;
}

Login parse_login(Bytes bytes) {
  Login login;
  if (bytes.empty()) return login;
  if (bytes[0] != kLoginVersion) {
    login.fault = Fault::version;
    return login;
  }
  if (bytes.size() < 2) return login;
  const std::size_t name = number(bytes[1]);
  if (bytes.size() < 3 + name) return login;
  const std::size_t password = number(bytes[2 + name]);
  if (bytes.size() < 3 + name + password) return login;
  login.fault = Fault::none;
  login.size = 3 + name + password;
  login.username = text(bytes.subspan(2, name));
  login.password = text(bytes.subspan(3 + name, password));
  return login;
}

Request parse_request(Bytes bytes) {
  Request request;
  if (!bytes.empty() && bytes[0] != kVersion) request.fault = Fault::version;
  if (bytes.size() < kRequestHead || request.fault != Fault::incomplete) return request;
  std::size_t size = 0;
  if (const Fault fault = address_size(bytes, size); fault != Fault::none) {
    request.fault = fault;
    return request;
  }
  if (size == 0 || bytes.size() < kRequestHead + size + kPort) return request;
  request.size = kRequestHead + size + kPort;
  request.target.host = host_of(bytes.subspan(kRequestHead, size), bytes[kRequestHead - 1]);
  const auto port = bytes.subspan(kRequestHead + size, kPort);
  request.target.port = static_cast<std::uint16_t>(number(port[0]) << 8 | number(port[1]));
  request.fault = bytes[1] != kConnect                  ? Fault::command
                  : !may_be_a_name(request.target.host) ? Fault::name
                                                        : Fault::none;
  return request;
}

Reply reply_to(konduit::DialErrc code) noexcept {
  using konduit::DialErrc;
  switch (code) {
    case DialErrc::refused: return Reply::connection_refused;
    case DialErrc::timeout: return Reply::ttl_expired;
    case DialErrc::unresolvable: return Reply::host_unreachable;
    case DialErrc::no_route: return Reply::network_unreachable;
    case DialErrc::denied: return Reply::not_allowed;
    case DialErrc::overloaded:
    case DialErrc::peer_gone:
    case DialErrc::cancelled: return Reply::general_failure;
  }
  return Reply::general_failure;
}

Reply reply_to(Fault fault) noexcept {
  if (fault == Fault::command) return Reply::command_not_supported;
  if (fault == Fault::address_type) return Reply::address_type_not_supported;
  return Reply::general_failure;
}

std::string method_message(Method method) { return {'\x05', static_cast<char>(method)}; }

std::string login_message(bool let_in) { return {'\x01', let_in ? '\x00' : '\x01'}; }

std::string reply_message(Reply reply) {
  return {'\x05', static_cast<char>(reply), '\x00', '\x01', '\x00', '\x00', '\x00', '\x00', '\x00', '\x00'};
}

}  // namespace socks5
