#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "konduit/shard.hpp"
#include "konduit/stream.hpp"

#include "socket/file_descriptor.hpp"
#include "socket/receive.hpp"
#include "socket/watch.hpp"

namespace konduit::socket {

/// What carries the bytes decides how ends are told apart.
enum class Family : std::uint8_t {
  tcp,    ///< close() lingers; reset() sends RST; the peer's close looks like its half-close until we write.
  local,  ///< A Unix socket: the peer's close is told at once, as hangup, also while nobody reads.
};

/// A connected stream socket as a Stream.
///
/// Writes go to the kernel inside try_write(), gathered, so nothing is ever queued here. Reads go straight into blocks
/// of the wanted shape (receive.hpp). Waiting for readiness costs one system call and no allocation; an idle connection
/// holds no block.
///
/// A peer that reset the connection or vanished is noticed while nobody reads or writes: on_closed(reset or timed_out),
/// on a Unix socket also on_closed(hangup) after an orderly close. close() is done at once: the kernel has everything,
/// and what the peer may still send is discarded by the Lingerer so that it does not turn into a RST that overtakes our
/// last bytes.
class SocketStream final : public Stream, private Watch::Owner {
 public:
  /// Takes a connected, non-blocking socket over. Null, and the reason in `failure`, if the loop cannot watch it.
  static std::unique_ptr<SocketStream> make(Shard& shard, FileDescriptor descriptor, Family family,
                                            error_code& failure);
  ~SocketStream() override;

  void observe(Observer* observer) override;
  Result<std::size_t> try_read(BufferQueue& into, const ReadShape& shape) override;
  Result<std::size_t> try_write(BufferQueue& from) override;
  bool half_close() override;
  void close() override;
  void reset(ResetReason reason) override;
  std::optional<std::size_t> unread_by_peer() const override;
  std::optional<Delivery> delivery() const override;
  std::string_view remote() const override { return remote_; }

  /// Nothing is likely to have come yet: the next read waits for the system's word instead of trying.
  void expect_silence() noexcept { drained_ = true; }
  /// What remote() answers from now on; empty until then.
  void set_remote(std::string remote) { remote_ = std::move(remote); }

 private:
  SocketStream(Shard& shard, Family family) : shard_(shard), family_(family) {}

  void on_event(Watch::Event event) override;
  void look_for_hangup();
  void report_closed();
  error_code fail(int number);

  Shard& shard_;
  const Family family_;
  std::uint64_t taken_ = 0;  ///< By the kernel.
  bool half_closed_ = false;
  bool closed_ = false;       ///< By us. The descriptor is gone.
  bool drained_ = false;      ///< Nothing is left, as far as is known: the next read need not try.
  bool hung_up_ = false;      ///< The peer takes no more bytes.
  bool tell_closed_ = false;  ///< on_closed() is owed.
  bool told_closed_ = false;
  ReadSize read_size_;
  error_code failure_;   ///< What broke the connection.
  error_code read_end_;  ///< How reading ended.
  std::string remote_;
  Observer* observer_ = nullptr;
  WatchPtr watch_;
};

/// SocketStream::make() for callers that keep it as a Stream.
StreamPtr make_stream(Shard& shard, FileDescriptor descriptor, Family family, error_code& failure);

}  // namespace konduit::socket
