#include "filters/pace_lane.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

namespace konduit::filters {

namespace {

/// Waiters that are served before other work of the shard gets its turn.
constexpr int kServedAtOnce = 64;
/// How soon those who wait learn of another rate.
constexpr Duration kLookAgain = std::chrono::seconds(1);

/// A hundredth of a second's worth, but neither a call of the system for a few bytes nor more than one read brings.
std::size_t turn_of(const Rate& rate) noexcept {
  const double seconds = std::chrono::duration<double>(rate.period).count();
  const double bytes = static_cast<double>(rate.amount) / seconds / 100;
  return static_cast<std::size_t>(std::clamp(bytes, 2.0 * 1024, 64.0 * 1024));
}

}  // namespace

PaceLane::PaceLane(DeadlineQueue& deadlines, std::shared_ptr<LimitsLedger> ledger,
                   std::shared_ptr<LimitsAccount> account, LimitsLedger::Direction direction, Counter& waits)
    : deadlines_(deadlines),
      ledger_(std::move(ledger)),
      account_(std::move(account)),
      direction_(direction),
      waits_(waits),
      next_(deadlines, *this) {}

void PaceLane::follow_rates() {
  const std::uint64_t generation = ledger_->generation();
  if (generation_ == generation && turn_bytes_ != 0) return;
  generation_ = generation;
  pace_ = ledger_->pace(*account_, direction_);
  turn_bytes_ = pace_ ? turn_of(pace_->rate) : std::numeric_limits<std::size_t>::max();
}

std::size_t PaceLane::ask(Waiter& who) {
  if (turn_ == &who) {
    turn_ = nullptr;
    return turn_bytes_;
  }
  if (who.waiting()) return 0;
  follow_rates();
  if (line_.empty() && !owes()) return turn_bytes_;
  line_.push_back(who);
  waits_.add();
  arm();
  return 0;
}

void PaceLane::moved(std::size_t bytes) noexcept {
  if (pace_) pace_->bucket.charge(bytes, pace_->rate, deadlines_.now());
}

void PaceLane::arm() {
  if (next_.armed()) return;
  const TimePoint now = deadlines_.now();
  next_.arm_at(pace_ ? std::clamp(pace_->bucket.paid_at(pace_->rate), now, now + kLookAgain) : now);
}

void PaceLane::on_deadline(Deadline&) {
  const auto alive = shared_from_this();  // the last waiter may let go of it
  follow_rates();
  for (int served = 0; served < kServedAtOnce && !line_.empty() && !owes(); ++served) {
    Waiter& first = line_.front();
    line_.pop_front();
    turn_ = &first;
    first.on_turn();
    turn_ = nullptr;
  }
  if (!line_.empty()) arm();
}

}  // namespace konduit::filters
