#include "filters/pace_lane.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace konduit::filters {

namespace {

/// Waiters that are served before other work of the shard gets its turn.
constexpr int kServedAtOnce = 64;

/// A hundredth of a second's worth, but neither a call of the system for a few bytes nor more than one read brings.
std::size_t turn_of(const Rate& rate) noexcept {
  const double seconds = std::chrono::duration<double>(rate.period).count();
  const double bytes = static_cast<double>(rate.amount) / seconds / 100;
  return static_cast<std::size_t>(std::clamp(bytes, 2.0 * 1024, 64.0 * 1024));
}

}  // namespace

PaceLane::PaceLane(DeadlineQueue& deadlines, std::shared_ptr<LimitsAccount> account, RateBucket& bucket,
                   const Rate& rate, Counter& waits)
    : deadlines_(deadlines),
      account_(std::move(account)),
      bucket_(bucket),
      rate_(rate),
      waits_(waits),
      turn_bytes_(turn_of(rate)),
      next_(deadlines, *this) {}

std::size_t PaceLane::ask(Waiter& who) {
  if (turn_ == &who) {
    turn_ = nullptr;
    return turn_bytes_;
  }
  if (who.waiting()) return 0;
  if (line_.empty() && !owes()) return turn_bytes_;
  line_.push_back(who);
  waits_.add();
  if (!next_.armed()) next_.arm_at(bucket_.paid_at(rate_));
  return 0;
}

void PaceLane::moved(std::size_t bytes) noexcept { bucket_.charge(bytes, rate_, deadlines_.now()); }

void PaceLane::on_deadline(Deadline&) {
  const auto alive = shared_from_this();  // the last waiter may let go of it
  for (int served = 0; served < kServedAtOnce && !line_.empty() && !owes(); ++served) {
    Waiter& first = line_.front();
    line_.pop_front();
    turn_ = &first;
    first.on_turn();
    turn_ = nullptr;
  }
  if (!line_.empty() && !next_.armed()) next_.arm_at(std::max(bucket_.paid_at(rate_), deadlines_.now()));
}

}  // namespace konduit::filters
