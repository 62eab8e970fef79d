#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "konduit/deadline.hpp"
#include "konduit/shard.hpp"
#include "konduit/stream.hpp"

namespace konduit::test_support {

/// One end of a stream whose bytes leave at a pace of their own, by the shard's clock: what try_write() takes waits in
/// a buffer first, as in a kernel. The stream below must take whatever it is given.
class SlowLink final : public Stream, private Deadline::Owner {
 public:
  SlowLink(Shard& shard, StreamPtr inner, std::size_t per_second, std::size_t buffer)
      : inner_(std::move(inner)), buffer_(buffer), per_second_(per_second), tick_(shard.deadlines(), *this) {
    tick_.arm(kTick);
  }

  void set_pace(std::size_t per_second) { per_second_ = per_second; }
  /// It does not know what of its bytes has arrived, as behind a host in between.
  void tell_nothing() { tells_ = false; }

  void observe(Observer* observer) override {
    observer_ = observer;
    inner_->observe(observer);
  }
  Result<std::size_t> try_read(BufferQueue& into, const ReadShape& shape) override {
    return inner_->try_read(into, shape);
  }
  Result<std::size_t> try_write(BufferQueue& from) override {
    const std::size_t count = std::min(from.size(), buffer_ - queue_.size());
    from.move_to(queue_, count);
    taken_ += count;
    wants_write_ = wants_write_ || !from.empty();
    if (count == 0 && !from.empty()) return StreamErrc::would_block;
    return count;
  }
  bool half_close() override { return inner_->half_close(); }
  void close() override { inner_->close(); }
  void reset(ResetReason reason) override { inner_->reset(reason); }
  std::optional<Delivery> delivery() const override {
    if (!tells_) return std::nullopt;
    return Delivery{taken_, taken_ - queue_.size()};
  }

 private:
  static constexpr Duration kTick = std::chrono::milliseconds(100);

  void on_deadline(Deadline&) override {
    tick_.arm(kTick);
    BufferQueue leaving;
    queue_.move_to(leaving, std::min(queue_.size(), per_second_ / 10));
    if (!leaving.empty()) (void)inner_->try_write(leaving);
    if (queue_.size() > buffer_ / 2 || !std::exchange(wants_write_, false)) return;
    if (observer_ != nullptr) observer_->on_writable();
  }

  const StreamPtr inner_;
  const std::size_t buffer_;
  std::size_t per_second_;
  Deadline tick_;
  Observer* observer_ = nullptr;
  BufferQueue queue_;
  std::uint64_t taken_ = 0;
  bool wants_write_ = false;
  bool tells_ = true;
};

}  // namespace konduit::test_support
