#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "konduit/shard.hpp"
#include "konduit/stream_io.hpp"

namespace konduit::kube {

/// The head of an answer.
struct ResponseHead {
  unsigned status = 0;
  std::string phrase;                   ///< "Not Found"
  std::optional<Duration> retry_after;  ///< Of Retry-After in seconds.
};

/// HTTP/1.1 over one connection, as a client, one request at a time. Errors: those of the stream;
/// StreamErrc::protocol for what is not HTTP, too_large for what is more than was asked for.
///
/// Thread: the shard's.
class HttpConnection {
 public:
  HttpConnection(Shard& shard, StreamPtr stream);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  /// Sends a request and reads the head of its answer.
  awaitable<Result<ResponseHead>> request(std::string bytes, TimePoint deadline);
  /// The next piece of the answer's body; empty at its end.
  awaitable<Result<std::string>> body_piece(TimePoint deadline);
  /// The rest of the body.
  awaitable<Result<std::string>> body(std::size_t longest, TimePoint deadline);

  /// True when the answer has been read and another request may be sent.
  bool reusable() const noexcept;
  /// True while nothing of an answer has come since request() began.
  bool unanswered() const noexcept;

 private:
  struct Parsing;
  awaitable<Result<void>> more_input(TimePoint deadline);

  Shard& shard_;
  StreamPtr stream_;
  StreamIo io_;  // after stream_, which it observes
  std::unique_ptr<Parsing> parsing_;
  std::string input_;  // received and not yet parsed
};

}  // namespace konduit::kube
