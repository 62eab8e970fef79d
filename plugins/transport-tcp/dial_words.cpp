#include "transport-tcp/dial_words.hpp"

#include <cerrno>
#include <string_view>
#include <utility>

#include "socket/errors.hpp"

#include "transport-tcp/addresses.hpp"

namespace konduit::transport_tcp {

namespace {

using Step = ConnectFailure::Step;

DialErrc class_of(int number) noexcept {
  if (socket::exhausted(number)) return DialErrc::overloaded;
  switch (number) {
    case EADDRNOTAVAIL:
    case EAGAIN: return DialErrc::overloaded;
    case ETIMEDOUT: return DialErrc::timeout;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case EAFNOSUPPORT: return DialErrc::no_route;
    case EACCES:
    case EPERM: return DialErrc::denied;
    default: return DialErrc::refused;
  }
}

/// Whether it may be different from elsewhere, or a moment later.
bool retryable(DialErrc code) noexcept {
  return code == DialErrc::timeout || code == DialErrc::no_route || code == DialErrc::overloaded;
}

struct LookupWords {
  DialErrc code;
  bool retryable;
  std::string_view text;
};

LookupWords lookup_words(ResolveErrc why) noexcept {
  switch (why) {
    case ResolveErrc::not_found: return {DialErrc::unresolvable, false, "no such host"};
    case ResolveErrc::timed_out: return {DialErrc::timeout, true, "i/o timeout"};
    case ResolveErrc::server_failed: return {DialErrc::unresolvable, true, "server misbehaving"};
    case ResolveErrc::overloaded: return {DialErrc::overloaded, true, "too many lookups or too little memory"};
    case ResolveErrc::cancelled: break;
  }
  return {DialErrc::cancelled, false, "operation was canceled"};
}

}  // namespace

DialError dial_error(const ConnectFailure& failure) {
  const std::string what = "dial tcp " + endpoint_text(failure.endpoint) + ": ";
  switch (failure.step) {
    case Step::deadline: return {DialErrc::timeout, true, what + "i/o timeout"};
    case Step::cancelled: return {DialErrc::cancelled, false, what + "operation was canceled"};
    case Step::socket:
    case Step::connect: break;
  }
  const DialErrc code = class_of(failure.number);
  return {code, retryable(code),
          what + (failure.step == Step::socket ? "socket: " : "connect: ") + socket::error_words(failure.number)};
}

DialError dial_error(const std::string& name, ResolveErrc why) {
  const LookupWords words = lookup_words(why);
  return {words.code, words.retryable, "dial tcp: lookup " + name + ": " + std::string(words.text)};
}

Connector::Failure connector_failure(const DialError& error) {
  const auto code = [&error] {
    switch (error.code) {
      case DialErrc::timeout: return StreamErrc::timed_out;
      case DialErrc::overloaded: return StreamErrc::overloaded;
      case DialErrc::cancelled: return StreamErrc::cancelled;
      default: return StreamErrc::hangup;
    }
  };
  return {code(), error.text};
}

}  // namespace konduit::transport_tcp
