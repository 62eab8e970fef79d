#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "konduit/buffer.hpp"

namespace konduit::http_connect {

/// What a request head says, as far as a CONNECT proxy cares. Values as the client wrote them.
struct RequestHead {
  std::string method;
  std::string target;
  std::string bearer_token;  ///< From `Proxy-Authorization: Bearer …`; secret.
};

enum class HeadState {
  incomplete,
  complete,
  malformed,  ///< Not HTTP/1.0 or 1.1, or against its grammar.
  too_large,
};

/// Reads one request head (RFC 9112, 2-5) from bytes that come in pieces of any size, and leaves what follows it alone.
/// What is allowed is not its business.
class HeadParser {
 public:
  /// `limit` counts every byte of the head.
  explicit HeadParser(std::size_t limit);
  ~HeadParser();

  /// Consumes from `received`; what stands behind a complete head is in there again, copied into a block of `pool`.
  /// Once the answer is not incomplete it stays the same.
  HeadState feed(BufferQueue& received, BlockPool& pool);

  /// True until the first byte came.
  bool untouched() const noexcept;
  /// Why the head is malformed.
  const std::string& error() const noexcept;
  /// REQUIRES: complete.
  const RequestHead& head() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace konduit::http_connect
