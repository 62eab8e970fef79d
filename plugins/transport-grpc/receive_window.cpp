#include "transport-grpc/receive_window.hpp"

#include <algorithm>

namespace konduit::transport_grpc {
namespace {

/// A round trip that was measured while nothing waited says little of one behind the queues of many tunnels. Where
/// windows, and not those queues, held tunnels up, the first one to grow would stay ahead of the others.
constexpr Duration kShortestRoundTrip = std::chrono::milliseconds(10);

}  // namespace

ReceiveWindow::ReceiveWindow(MemoryBudget& budget, TimePoint now) noexcept
    : budget_(budget),
      size_(static_cast<std::uint32_t>(budget.share())),
      credit_(size_),
      measured_since_(now),
      granted_at_(now) {
  budget_.promise_share();
}

bool ReceiveWindow::received(std::size_t bytes) noexcept {
  if (bytes > credit_) return false;
  credit_ -= static_cast<std::uint32_t>(bytes);
  held_ += static_cast<std::uint32_t>(bytes);
  return true;
}

bool ReceiveWindow::consumed(std::size_t bytes, TimePoint now) noexcept {
  const auto taken = static_cast<std::uint32_t>(bytes);  // of what was received
  held_ -= std::min(taken, held_);
  consumed_ += taken;
  const std::uint32_t lent = credit_ + held_;
  return size_ > lent && (size_ - lent >= size_ / kStep || now - granted_at_ >= kLongestPause);
}

std::size_t ReceiveWindow::grant(TimePoint now, Duration round_trip) noexcept {
  resize(now, round_trip);
  const std::uint32_t lent = credit_ + held_;
  const std::uint32_t more = size_ > lent ? size_ - lent : 0;
  credit_ += more;
  granted_at_ = now;
  return more;
}

std::uint32_t ReceiveWindow::allowance() const noexcept {
  const std::size_t promised = budget_.promised();
  const std::size_t free = budget_.limit() > promised ? budget_.limit() - promised : 0;
  return static_cast<std::uint32_t>(std::clamp(free / kPartOfFree, budget_.share(), kLargest));
}

void ReceiveWindow::resize(TimePoint now, Duration round_trip) noexcept {
  const std::uint32_t allowed = allowance();
  if (size_ > 2 * allowed) {
    const std::uint32_t smaller = std::max(size_ / 2, credit_ + held_);  // what is lent is within size_
    budget_.take_back(size_ - smaller);
    size_ = smaller;
  }
  if (consumed_ < size_) return;
  const bool held_up = now - measured_since_ <= 2 * std::max(round_trip, kShortestRoundTrip);
  if (held_up && 2 * size_ <= allowed && budget_.promise(size_)) size_ *= 2;
  consumed_ = 0;
  measured_since_ = now;
}

}  // namespace konduit::transport_grpc
