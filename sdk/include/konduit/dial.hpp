#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "konduit/asio.hpp"
#include "konduit/peer.hpp"
#include "konduit/result.hpp"
#include "konduit/stream.hpp"

namespace konduit {

/// Where a dial wants to go. The host is a name or an address without brackets.
struct Target {
  std::string host;
  std::uint16_t port = 0;

  /// "host:port", with brackets around an IPv6 address.
  KONDUIT_API std::string text() const;
  /// Parses "host:port" or "[v6]:port". Errors: StreamErrc::protocol.
  KONDUIT_API static Result<Target> parse(std::string_view text);
};

/// The classes that frontends map to their protocol's answers.
enum class DialErrc { refused = 1, timeout, unresolvable, no_route, denied, overloaded, peer_gone, cancelled };

KONDUIT_API std::string_view to_string(DialErrc code) noexcept;

/// Why a dial failed. `text` is for the person who reads the client's log: what, where, what to do.
struct DialError {
  DialErrc code = DialErrc::refused;
  bool retryable = false;  ///< Another backend, agent or address may still succeed; nothing was sent to the target.
  std::string text;
};

[[noreturn]] KONDUIT_API void throw_exception_from_error(const DialError& error, const boost::source_location& where);

template <class T>
using DialResult = boost::system::result<T, DialError>;

/// A word to the pipeline from the backend that resolved a name: the filters' on_resolved() run behind it.
class ResolutionCheck {
 public:
  /// Removes addresses that a filter denies from `addresses`. Error when none is left. Awaitable, usually ready at
  /// once.
  virtual awaitable<DialResult<void>> resolved(std::vector<asio::ip::address>& addresses) = 0;

 protected:
  ~ResolutionCheck() = default;
};

/// What a frontend asks for. Filters may change it before a backend sees it.
struct DialRequest {
  Target target;
  Peer peer;                              ///< Who asks, as the frontend's listener and authenticator know it.
  TimePoint deadline = TimePoint::max();  ///< After this nobody waits for the answer any more.
  std::string frontend;                   ///< The id of the frontend, "http-connect/ops".
  std::map<std::string, std::string, std::less<>> attributes;  ///< Free-form facts for filters, selectors and routes.
  ResolutionCheck* resolution = nullptr;  ///< Set by the pipeline; lives as long as the dial. Null for a `via` dial.
};

}  // namespace konduit
