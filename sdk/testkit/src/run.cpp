#include "konduit/testkit/run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "konduit/testkit/watched.hpp"

namespace konduit::testkit {
namespace {

// How long the loop sleeps at the most before the condition is asked again: what the loop does not see may change it.
constexpr Duration kTurnWait = std::chrono::milliseconds(20);

bool run_out(Shard& shard, TaskGroup& group) {
  return run_until(shard, [&] { return group.size() == 0; });
}

}  // namespace

bool run_until(const std::function<void(Duration)>& turn, const std::function<bool()>& done, Duration limit) {
  const auto end = Clock::now() + limit;
  turn(Duration::zero());
  while (!done()) {
    const auto left = end - Clock::now();
    if (left <= Duration::zero()) return false;
    turn(std::min(left, kTurnWait));
  }
  return true;
}

bool run_until(Shard& shard, const std::function<bool()>& done, Duration limit) {
  return run_until([&shard](Duration wait) { shard.run_turn(wait); }, done, limit);
}

void await(Shard& shard, awaitable<void> task, Duration limit) {
  TaskGroup group(shard);
  Outcome outcome;
  group.spawn(watched(std::move(task), &outcome));
  const bool in_time = run_until(shard, [&] { return group.size() == 0; }, limit);
  if (!in_time) {
    group.cancel();
    if (!run_out(shard, group)) std::terminate();  // the task refers to what the caller is about to destroy
    throw std::runtime_error("the task did not end in time");
  }
  if (outcome.exception) std::rethrow_exception(outcome.exception);
}

namespace {

/// One run with a cancellation after `steps` handlers. True if the operation was still there to be cancelled.
bool cancel_after(unsigned steps, const std::function<std::unique_ptr<CancelScenario>(Shard&)>& make) {
  SCOPED_TRACE("cancelled after " + std::to_string(steps) + " steps");
  Shard shard;
  auto scenario = make(shard);
  TaskGroup group(shard);
  Outcome outcome;
  group.spawn(watched(scenario->operation(), &outcome));
  for (unsigned step = 0; step < steps && !outcome.ended; ++step) {
    scenario->step();
    shard.run_turn(kTurnWait, 1);
  }
  const bool cancelled = !outcome.ended;
  group.cancel();
  const bool ended = run_out(shard, group);
  EXPECT_TRUE(ended) << "the operation goes on although it was cancelled";
  if (!ended) std::terminate();  // it holds references to the scenario
  EXPECT_FALSE(outcome.exception) << "the operation threw";
  shard.run_ready();
  scenario->check(cancelled);
  scenario.reset();
  shard.run_ready();
  return cancelled;
}

}  // namespace

unsigned cancel_at_every_step(const std::function<std::unique_ptr<CancelScenario>(Shard&)>& make, unsigned most_steps) {
  for (unsigned steps = 0; steps < most_steps; ++steps) {
    if (!cancel_after(steps, make)) return steps;
  }
  ADD_FAILURE() << "the operation did not end by itself in " << most_steps << " steps";
  return most_steps;
}

}  // namespace konduit::testkit
