#include "chaos/load.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

#include "chaos/patience.hpp"

namespace konduit::chaos {

namespace {

/// A client whose tunnel failed tries again soon.
constexpr Duration kRedialAfterFailure = std::chrono::milliseconds(100);
/// How long tunnels may take to end that were given up.
constexpr Duration kGiveUp = std::chrono::seconds(5);

}  // namespace

void Tally::add(const TunnelRecord& record) {
  ++tunnels[record.outcome];
  if (record.was_established()) ++established;
  verified += record.verified;
}

Load::Load(Loop& loop, std::string door, std::uint64_t seed) : loop_(loop), door_(std::move(door)), random_(seed) {}

Load::~Load() { give_up(); }

void Load::add(const TunnelPlan& plan, unsigned lanes) {
  loop_.ask([&] {
    for (unsigned i = 0; i != lanes; ++i) {
      lanes_.push_back({plan, std::make_unique<Timer>(loop_.get_executor())});
      ++running_lanes_;
      loop_.spawn(run(&lanes_.back()));
    }
  });
}

awaitable<void> Load::run(Lane* lane) {
  do co_await run_tunnel(lane);
  while (!finishing_ && !lane->plan.once);
  --running_lanes_;
}

awaitable<void> Load::run_tunnel(Lane* lane) {
  records_.push_back({.number = ++last_number_,
                      .kind = lane->plan.kind,
                      .target = lane->plan.target,
                      .may_fail = lane->plan.may_fail});
  TunnelRecord& record = records_.back();
  ClientTunnel tunnel(loop_.get_executor(), door_, lane->plan, record, random_);
  tunnels_.insert(&tunnel);
  co_await tunnel.run();
  tunnels_.erase(&tunnel);
  moved_before_ += tunnel.moved();

  // The record may be gone once others had their turn.
  const Duration wait = record.outcome == Outcome::completed ? lane->plan.redial : kRedialAfterFailure;
  if (wait == Duration::zero() || finishing_) co_return;
  lane->pause->expires_after(wait);
  co_await lane->pause->async_wait(asio::as_tuple(asio::use_awaitable_t<executor>()));
}

bool Load::finish(Duration patience) {
  loop_.ask([this] {
    finishing_ = true;
    for (ClientTunnel* tunnel : tunnels_) tunnel->finish();
    for (Lane& lane : lanes_) lane.pause->cancel();
  });
  return wait_until(Clock::now() + patience, [this] { return loop_.ask([this] { return running_lanes_ == 0; }); });
}

void Load::give_up() {
  const TimePoint deadline = Clock::now() + kGiveUp;
  // Not by wait_until: this also runs while an interrupt unwinds.
  while (Clock::now() < deadline && loop_.ask([this] {
    finishing_ = true;
    for (ClientTunnel* tunnel : tunnels_) tunnel->give_up();
    for (Lane& lane : lanes_) lane.pause->cancel();
    return running_lanes_ != 0;
  })) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

std::vector<TunnelRecord> Load::records() {
  return loop_.ask([this] { return std::vector<TunnelRecord>(records_.begin(), records_.end()); });
}

std::vector<TunnelRecord> Load::take_ended() {
  return loop_.ask([this] {
    std::vector<TunnelRecord> ended;
    std::erase_if(records_, [&](const TunnelRecord& record) {
      if (!record.over()) return false;
      taken_.add(record);
      ended.push_back(record);
      return true;
    });
    return ended;
  });
}

Tally Load::tally() {
  return loop_.ask([this] {
    Tally tally = taken_;
    for (const TunnelRecord& record : records_) tally.add(record);
    return tally;
  });
}

Load::Now Load::now() const {
  Now now{.moved = moved_before_};
  for (const ClientTunnel* tunnel : tunnels_) {
    now.moved += tunnel->moved();
    if (tunnel->record().was_established()) ++now.established;
  }
  return now;
}

}  // namespace konduit::chaos
