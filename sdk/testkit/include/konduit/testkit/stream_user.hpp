#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "konduit/shard.hpp"
#include "konduit/stream.hpp"

namespace konduit::testkit {

/// Owns one end of a stream, uses it, and records what it is told. Fails the test when a callback comes from inside a
/// call into the stream, comes without having been armed, or on_closed() comes twice.
class StreamUser final : private Stream::Observer {
 public:
  StreamUser(Shard& shard, StreamPtr stream);
  ~StreamUser();
  StreamUser(const StreamUser&) = delete;
  StreamUser& operator=(const StreamUser&) = delete;

  Stream& stream() noexcept { return *stream_; }
  bool has_stream() const noexcept { return stream_ != nullptr; }

  // One call each, as the stream answers it.
  Result<std::size_t> try_read(BufferQueue& into, const ReadShape& shape = {});
  Result<std::size_t> try_write(BufferQueue& from);
  bool half_close();
  void close();
  void reset(ResetReason reason = ResetReason::cancelled);
  void observe(bool watch);
  void destroy();

  /// Queues `text` and writes what the stream takes; the rest goes when it says writable.
  void send(std::string_view text);
  /// Reads what is there, now and whenever the stream says readable, into received().
  void receive();

  const std::string& received() const noexcept { return received_; }
  std::size_t unsent() const noexcept { return unsent_.size(); }
  /// What ended reading: end_of_stream or an error. Empty while it goes on.
  const error_code& read_end() const noexcept { return read_end_; }
  const error_code& write_end() const noexcept { return write_end_; }
  unsigned readables() const noexcept { return readables_; }
  unsigned writables() const noexcept { return writables_; }
  unsigned closes() const noexcept { return closes_; }
  const error_code& close_reason() const noexcept { return close_reason_; }

  /// Called last in the callback; it may destroy the stream.
  std::function<void()> when_readable;
  std::function<void()> when_writable;
  std::function<void()> when_closed;

 private:
  void on_readable() override;
  void on_writable() override;
  void on_closed(error_code reason) override;
  void pump_reads();
  void pump_writes();
  void expect_outside(const char* callback) const;

  Shard& shard_;
  StreamPtr stream_;
  BufferQueue unsent_;
  std::string received_;
  error_code read_end_;
  error_code write_end_;
  error_code close_reason_;
  unsigned readables_ = 0;
  unsigned writables_ = 0;
  unsigned closes_ = 0;
  bool receiving_ = false;
  bool in_call_ = false;
  // Whoever observed the stream before may have armed it.
  bool read_armed_ = true;
  bool write_armed_ = true;
};

/// `size` bytes that repeat only after 65 537 of them, so that lost, doubled or exchanged pieces are seen.
std::string pattern(std::size_t size, std::size_t offset = 0);
/// True if `bytes` is what pattern() has at `offset`.
bool matches_pattern(std::string_view bytes, std::size_t offset);

}  // namespace konduit::testkit
