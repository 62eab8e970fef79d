#pragma once

#include <openssl/bio.h>

#include <cstddef>
#include <limits>
#include <span>

#include "konduit/buffer.hpp"
#include "konduit/result.hpp"
#include "konduit/stream.hpp"
#include "tls/handles.hpp"

namespace konduit::tls {

/// The records of one session on their way between OpenSSL and the stream below: OpenSSL reads from `input`, which is
/// refilled in large pieces when it asks and the stream has some, and appends to an output that its owner sends.
///
/// Thread: the shard's. Must outlive the BIO made by it.
class Wire {
 public:
  explicit Wire(BlockPool& pool) noexcept : pool_(pool) {}
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  /// Null when memory is short.
  BioHandle make_bio();

  /// From now on input comes from `inner`; until then from what its owner puts into input().
  void attach(Stream& inner) noexcept { inner_ = &inner; }
  BufferQueue& input() noexcept { return input_; }
  /// The stream below is readable again.
  void resume_input() noexcept { input_blocked_ = false; }
  bool input_blocked() const noexcept { return input_blocked_; }
  /// How the stream below ended its direction, once it has; else {}.
  error_code input_error() const noexcept { return input_error_; }

  /// OpenSSL gets input so many times more; then it is told to come again, and held_back() says so. At first without
  /// end.
  void allow(unsigned reads) noexcept {
    reads_left_ = reads;
    held_back_ = false;
  }
  bool held_back() const noexcept { return held_back_; }

  /// Nothing is there for OpenSSL, and the stream below will tell when there is.
  bool dry() { return input_.empty() && !refill() && !input_error_; }

  /// Bytes that blocks pin for input that OpenSSL has not asked for yet.
  std::size_t held() const noexcept { return input_.pinned(); }

  /// Bytes that wait to be sent.
  std::size_t pending() const noexcept { return output_.size() + tail_used_; }
  /// All of them, for one gathered write; what is left in there stays first.
  BufferQueue& output();
  void drop_output() noexcept;

  // What the BIO calls.
  enum class ReadOutcome { bytes, again, ended };
  ReadOutcome read(std::span<std::byte> into, std::size_t& count);
  void write(std::span<const std::byte> bytes);

 private:
  bool refill();
  void next_tail(std::size_t wanted);

  BlockPool& pool_;
  Stream* inner_ = nullptr;
  BufferQueue input_;
  BufferQueue output_;
  Buffer tail_;  // still being filled; only its first tail_used_ bytes count
  std::size_t tail_used_ = 0;
  error_code input_error_;
  unsigned reads_left_ = std::numeric_limits<unsigned>::max();
  bool held_back_ = false;
  bool input_blocked_ = false;
};

}  // namespace konduit::tls
