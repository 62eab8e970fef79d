#pragma once

#include <string>
#include <string_view>

#include "konduit/authenticator.hpp"
#include "konduit/dial.hpp"

namespace konduit::http_connect {

/// Exactly these bytes, and nothing in the same read: kube-apiserver compares.
inline constexpr std::string_view kEstablished = "HTTP/1.1 200 Connection Established\r\n\r\n";

/// A refusal. The text goes into the body, and into the reason phrase, which is all that kube-apiserver shows.
struct Reply {
  unsigned status = 502;
  std::string text;
  std::string_view header{};  ///< One more header line, complete with CRLF.

  /// The bytes on the wire: close-delimited, text/plain.
  std::string bytes() const;
};

Reply reply_to_method();
Reply reply_to_target(std::string_view target);
Reply reply_to_malformed(std::string_view why);
Reply reply_to_size(std::size_t limit);
Reply reply_to_slowness();
Reply reply_to_refusal(const Refusal& refusal);
/// 503: no agent, overloaded, `too many open files`; 504: a timeout, also one that the far end's words tell of; 403:
/// denied; 502: everything else.
Reply reply_to_dial(const DialError& error);

}  // namespace konduit::http_connect
