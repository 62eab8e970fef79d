#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "konduit/shard.hpp"
#include "konduit/stream.hpp"

namespace konduit::testkit {

/// How one end of a MemoryStream behaves all the time.
struct MemoryStreamSettings {
  std::size_t window = 64 * 1024;                                     ///< Bytes that this end may have under way.
  std::size_t read_limit = std::numeric_limits<std::size_t>::max();   ///< Bytes for one try_read() at the most.
  std::size_t write_limit = std::numeric_limits<std::size_t>::max();  ///< Bytes for one try_write() at the most.
  bool can_half_close = true;                                         ///< False: half_close() answers false.
  unsigned delay = 0;  ///< Turns of the loop that pass before what was written arrives.
  ReadShape shape;     ///< What write_shape() answers.
};

/// One of two connected streams on one shard, with faults to order. What is written arrives from the loop.
///
/// Thread: the shard's. It follows the contract of Stream; the faults are what a contract-abiding stream may do.
class MemoryStream final : public Stream {
 public:
  using Ends = std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>>;

  /// A connected pair.
  static Ends make_pair(Shard& shard, MemoryStreamSettings first = {}, MemoryStreamSettings second = {});
  ~MemoryStream() override;

  /// The `call`-th try_read() (counted from 1 over the stream's life) says would_block whatever there is.
  void block_read(unsigned call) { blocked_read_ = call; }
  void block_write(unsigned call) { blocked_write_ = call; }
  /// Reading fails with `error` behind `bytes` more bytes; writing goes on.
  void fail_read_after(std::size_t bytes, error_code error);
  /// Writing fails with `error` behind `bytes` more bytes; reading goes on.
  void fail_write_after(std::size_t bytes, error_code error);
  /// Nobody takes this end's bytes any more: on_closed(reason), while what was received can still be read.
  void hang_up(error_code reason = StreamErrc::hangup);
  /// What this end writes and says stays under way until release().
  void hold() { held_ = true; }
  void release();

  unsigned reads() const noexcept { return reads_; }
  unsigned writes() const noexcept { return writes_; }
  /// Why the other end reset the stream, if it did.
  std::optional<ResetReason> reset_reason() const noexcept { return reset_reason_; }

  void observe(Observer* observer) override;
  Result<std::size_t> try_read(BufferQueue& into, const ReadShape& shape) override;
  Result<std::size_t> try_write(BufferQueue& from) override;
  bool half_close() override;
  void close() override;
  void reset(ResetReason reason) override;
  ReadShape write_shape() const override { return settings_.shape; }
  std::size_t queued() const override;

 private:
  enum class State : std::uint8_t { open, closing, closed };
  static constexpr std::size_t kNoFault = std::numeric_limits<std::size_t>::max();

  MemoryStream(Shard& shard, MemoryStreamSettings settings);
  std::size_t room() const noexcept;
  bool readable() const noexcept;
  void schedule();
  void step();
  void deliver();
  void tell_observer();
  void end_writing(error_code error);
  void peer_reset();

  Shard& shard_;
  const MemoryStreamSettings settings_;
  MemoryStream* peer_ = nullptr;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // shared with posted steps and running callbacks
  Observer* observer_ = nullptr;
  BufferQueue incoming_;
  BufferQueue outgoing_;
  error_code read_end_;
  error_code write_end_;
  error_code closed_reason_;
  State state_ = State::open;
  unsigned reads_ = 0;
  unsigned writes_ = 0;
  unsigned blocked_read_ = 0;
  unsigned blocked_write_ = 0;
  unsigned waited_ = 0;
  std::size_t read_fault_in_ = kNoFault;
  std::size_t write_fault_in_ = kNoFault;
  error_code read_fault_;
  error_code write_fault_;
  std::optional<ResetReason> reset_reason_;
  bool half_closed_ = false;
  bool held_ = false;
  bool scheduled_ = false;
  bool read_armed_ = false;
  bool write_armed_ = false;
  bool poked_read_ = false;
  bool poked_write_ = false;
  bool tell_closed_ = false;
  bool told_closed_ = false;
};

}  // namespace konduit::testkit
