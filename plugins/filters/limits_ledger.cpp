#include "filters/limits_ledger.hpp"

#include <iterator>

namespace konduit::filters {

void LimitsLedger::adopt(std::uint64_t generation, const Rates& rates) {
  if (generation <= this->generation()) return;
  const std::lock_guard lock(mutex_);
  if (generation <= this->generation()) return;
  rates_ = rates;
  generation_.store(generation, std::memory_order_release);
}

std::shared_ptr<Pace> LimitsLedger::pace(LimitsAccount& account, Direction direction) {
  const std::lock_guard lock(mutex_);
  const auto& rate = direction == Direction::to_target ? rates_.to_target : rates_.to_client;
  auto& pace = direction == Direction::to_target ? account.to_target : account.to_client;
  if (!rate) pace.reset();
  if (rate && (!pace || pace->rate != *rate)) pace = std::make_shared<Pace>(*rate);
  return pace;
}

LimitsLedger::Place LimitsLedger::enter(std::string_view name, const Limits& limits, TimePoint now) {
  const std::lock_guard lock(mutex_);
  forget_some(now);
  const auto& account = find(name);
  if (limits.tunnels && account->tunnels >= *limits.tunnels) return {Answer::too_many_tunnels, nullptr};
  if (limits.dials && !account->dials.take(1, *limits.dials, now)) return {Answer::too_many_dials, nullptr};
  ++account->tunnels;
  return {Answer::taken, account};
}

void LimitsLedger::leave(LimitsAccount& account) noexcept {
  const std::lock_guard lock(mutex_);
  --account.tunnels;
}

const std::shared_ptr<LimitsAccount>& LimitsLedger::find(std::string_view name) {
  const auto known = by_name_.find(name);
  if (known != by_name_.end()) return *known->second;
  accounts_.push_back(std::make_shared<LimitsAccount>());
  accounts_.back()->name = name;
  by_name_.emplace(accounts_.back()->name, std::prev(accounts_.end()));
  size_.set(static_cast<std::int64_t>(accounts_.size()));
  return accounts_.back();
}

void LimitsLedger::forget_some(TimePoint now) {
  for (int i = 0; i < 2 && !accounts_.empty(); ++i) {
    const auto oldest = accounts_.begin();
    const bool crowded = accounts_.size() >= kMost;
    if ((*oldest)->at_rest(now) || (crowded && (*oldest)->tunnels == 0)) {
      by_name_.erase((*oldest)->name);
      accounts_.erase(oldest);
    } else {
      accounts_.splice(accounts_.end(), accounts_, oldest);
    }
  }
  size_.set(static_cast<std::int64_t>(accounts_.size()));
}

}  // namespace konduit::filters
