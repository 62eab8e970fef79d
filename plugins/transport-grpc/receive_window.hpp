#pragma once

#include <cstddef>
#include <cstdint>

#include "konduit/asio.hpp"
#include "konduit/budget.hpp"

namespace konduit::transport_grpc {

/// How much the peer may send on one tunnel before it is told of more (the receiving side of credit/1).
///
/// A tunnel begins with its share of the budget. A reader that takes a whole window within two round trips has been
/// held up by it: the window doubles, up to a quarter of what the budget has not promised yet. Whoever holds more than
/// twice that, because others came, shrinks as it is used. So whoever comes late finds room, and those who need much
/// get alike (the dynamic threshold of Choudhury and Hahne, 1998). What is promised is taken back at the end.
///
/// Thread: the shard's.
class ReceiveWindow {
 public:
  /// What a window grows to: 1 GB/s at 16 ms, 160 MB/s at 100 ms.
  static constexpr std::size_t kLargest = 16 * 1024 * 1024;
  /// Credit is told in steps of at least this part of the window, and of what there is a second after the last one: a
  /// peer is to see that a slow reader reads.
  static constexpr std::size_t kStep = 4;
  static constexpr Duration kLongestPause = std::chrono::seconds(1);
  /// No window grows beyond this part of what the budget has free.
  static constexpr std::size_t kPartOfFree = 4;

  ReceiveWindow(MemoryBudget& budget, TimePoint now) noexcept;
  ~ReceiveWindow() { budget_.take_back(size_); }
  ReceiveWindow(const ReceiveWindow&) = delete;
  ReceiveWindow& operator=(const ReceiveWindow&) = delete;

  /// The peer has sent so much. False: more than it may, a violation.
  bool received(std::size_t bytes) noexcept;
  /// The reader has taken so much. True: it is time for grant().
  bool consumed(std::size_t bytes, TimePoint now) noexcept;
  /// What the peer is to be told that it may send more; may be 0.
  std::size_t grant(TimePoint now, Duration round_trip) noexcept;

  std::size_t size() const noexcept { return size_; }

 private:
  std::uint32_t allowance() const noexcept;
  void resize(TimePoint now, Duration round_trip) noexcept;

  MemoryBudget& budget_;
  std::uint32_t size_;          // none of the four reaches twice kLargest
  std::uint32_t credit_;        // what the peer may still send
  std::uint32_t held_ = 0;      // received and not consumed
  std::uint32_t consumed_ = 0;  // since measured_since_
  TimePoint measured_since_;
  TimePoint granted_at_;
};

}  // namespace konduit::transport_grpc
