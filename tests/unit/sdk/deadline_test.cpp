#include "konduit/deadline.hpp"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "konduit/shard.hpp"
#include "konduit/task_group.hpp"
#include "konduit/testkit/run.hpp"

namespace konduit {
namespace {

using namespace std::chrono_literals;

class Recorder final : public Deadline::Owner {
 public:
  void on_deadline(Deadline& which) override {
    calls.push_back(&which);
    if (then) then(which);
  }
  std::vector<Deadline*> calls;
  std::function<void(Deadline&)> then;
};

class DeadlineTest : public testing::Test {
 protected:
  DeadlineTest() { shard_.deadlines().fake_clock(); }
  void advance(Duration duration) {
    shard_.deadlines().advance(duration);
    shard_.run_ready();
  }

  Shard shard_;
  Recorder recorder_;
};

TEST_F(DeadlineTest, IsCalledWhenItsTimeHasComeAndNotBefore) {
  Deadline deadline(shard_.deadlines(), recorder_);
  deadline.arm(10s);
  EXPECT_TRUE(deadline.armed());
  advance(9999ms);
  EXPECT_TRUE(recorder_.calls.empty());
  advance(1ms);
  EXPECT_EQ(recorder_.calls.size(), 1u);
  EXPECT_FALSE(deadline.armed());
  advance(1h);
  EXPECT_EQ(recorder_.calls.size(), 1u);
}

TEST_F(DeadlineTest, IsCalledFromTheLoopOnly) {
  Deadline deadline(shard_.deadlines(), recorder_);
  deadline.arm(-1s);
  shard_.deadlines().advance(1s);
  EXPECT_TRUE(recorder_.calls.empty());
  shard_.run_ready();
  EXPECT_EQ(recorder_.calls.size(), 1u);
}

TEST_F(DeadlineTest, ArmingAgainMovesIt) {
  Deadline deadline(shard_.deadlines(), recorder_);
  deadline.arm(1s);
  deadline.arm(10s);
  advance(5s);
  EXPECT_TRUE(recorder_.calls.empty());
  deadline.arm(1s);
  advance(1s);
  EXPECT_EQ(recorder_.calls.size(), 1u);
}

TEST_F(DeadlineTest, ADisarmedOrDestroyedOneIsNotCalled) {
  Deadline disarmed(shard_.deadlines(), recorder_);
  disarmed.arm(1s);
  disarmed.disarm();
  {
    Deadline destroyed(shard_.deadlines(), recorder_);
    destroyed.arm(1s);
  }
  advance(2s);
  EXPECT_TRUE(recorder_.calls.empty());
}

TEST_F(DeadlineTest, TheCallbackMayArmItAgain) {
  Deadline deadline(shard_.deadlines(), recorder_);
  recorder_.then = [](Deadline& which) { which.arm(1s); };
  deadline.arm(1s);
  for (int i = 0; i < 3; ++i) advance(1s);
  EXPECT_EQ(recorder_.calls.size(), 3u);
}

TEST_F(DeadlineTest, TheCallbackMayDestroyItAndOthers) {
  auto first = std::make_unique<Deadline>(shard_.deadlines(), recorder_);
  auto second = std::make_unique<Deadline>(shard_.deadlines(), recorder_);
  first->arm(1s);
  second->arm(2s);
  recorder_.then = [&](Deadline&) {
    first.reset();
    second.reset();
  };
  advance(5s);
  EXPECT_EQ(recorder_.calls.size(), 1u);
}

TEST_F(DeadlineTest, ManyAreCalledInTheOrderOfTheirTimes) {
  std::minstd_rand random(11);
  std::vector<std::unique_ptr<Deadline>> all;
  std::vector<std::pair<long, Deadline*>> expected;
  const TimePoint start = shard_.now();
  for (int i = 0; i < 500; ++i) {
    all.push_back(std::make_unique<Deadline>(shard_.deadlines(), recorder_));
    all.back()->arm(1s);
  }
  for (int i = 0; i < 500; ++i) {
    const long at = static_cast<long>(random() % 100'000);
    if (i % 5 == 0) {
      all[i]->disarm();
      continue;
    }
    all[i]->arm_at(start + std::chrono::microseconds(at));
    expected.emplace_back(at, all[i].get());
  }
  std::sort(expected.begin(), expected.end());
  advance(1s);
  ASSERT_EQ(recorder_.calls.size(), expected.size());
  std::map<Deadline*, long> times;
  for (const auto& [at, deadline] : expected) times[deadline] = at;
  for (std::size_t i = 1; i < recorder_.calls.size(); ++i) {
    ASSERT_LE(times[recorder_.calls[i - 1]], times[recorder_.calls[i]]);
  }
}

TEST_F(DeadlineTest, AWaitCompletesInItsTime) {
  TaskGroup group(shard_);
  std::string log;
  const auto sleeper = [](Shard* shard, Duration duration, std::string* out, char name) -> awaitable<void> {
    const auto error = co_await shard->deadlines().wait(duration);
    *out += error ? '!' : name;
  };
  group.spawn(sleeper(&shard_, 3s, &log, 'c'));
  group.spawn(sleeper(&shard_, 1s, &log, 'a'));
  group.spawn(sleeper(&shard_, 2s, &log, 'b'));
  shard_.run_ready();
  advance(1s);
  EXPECT_EQ(log, "a");
  advance(5s);
  EXPECT_EQ(log, "abc");
  EXPECT_EQ(group.size(), 0u);
}

awaitable<void> wait_and_store(Shard* shard, Duration duration, error_code* into) {
  *into = co_await shard->deadlines().wait(duration);
}

TEST_F(DeadlineTest, ACancelledWaitSaysSo) {
  TaskGroup group(shard_);
  error_code error;
  group.spawn(wait_and_store(&shard_, 1h, &error));
  shard_.run_ready();
  group.cancel();
  shard_.run_ready();
  EXPECT_EQ(error, asio::error::operation_aborted);
  EXPECT_EQ(group.size(), 0u);
}

TEST_F(DeadlineTest, AWaitForAPointInThePastCompletes) {
  TaskGroup group(shard_);
  error_code error = asio::error::eof;
  group.spawn(wait_and_store(&shard_, -1s, &error));
  shard_.run_ready();
  EXPECT_FALSE(error);
}

TEST(DeadlineByTheRealClock, FiresWithoutHelpAlsoAfterAnEarlierOneWasDisarmed) {
  Shard shard;
  Recorder recorder;
  Deadline early(shard.deadlines(), recorder);
  Deadline late(shard.deadlines(), recorder);
  early.arm(1ms);
  late.arm(20ms);
  early.disarm();
  const auto begin = Clock::now();
  ASSERT_TRUE(testkit::run_until(shard, [&] { return !recorder.calls.empty(); }));
  EXPECT_GE(Clock::now() - begin, 19ms);
  EXPECT_EQ(recorder.calls.front(), &late);
}

TEST(DeadlineByTheRealClock, AnEarlierOneOvertakes) {
  Shard shard;
  Recorder recorder;
  Deadline late(shard.deadlines(), recorder);
  Deadline early(shard.deadlines(), recorder);
  late.arm(1h);
  shard.run_ready();
  early.arm(1ms);
  ASSERT_TRUE(testkit::run_until(shard, [&] { return !recorder.calls.empty(); }));
  EXPECT_EQ(recorder.calls.front(), &early);
}

TEST(DeadlineByTheRealClock, OneThatIsDueAtOnceDoesNotHideALaterOne) {
  Shard shard;
  Recorder recorder;
  Deadline at_once(shard.deadlines(), recorder);
  Deadline late(shard.deadlines(), recorder);
  at_once.arm(0ms);
  late.arm(2ms);
  EXPECT_TRUE(recorder.calls.empty());
  ASSERT_TRUE(testkit::run_until(shard, [&] { return recorder.calls.size() == 2; }));
  EXPECT_EQ(recorder.calls, (std::vector<Deadline*>{&at_once, &late}));
}

TEST(DeadlineByTheRealClock, ALaterOneComesAlsoWhenTheOneThatWasDueAtOnceIsGone) {
  Shard shard;
  Recorder recorder;
  Deadline late(shard.deadlines(), recorder);
  {
    Deadline at_once(shard.deadlines(), recorder);
    at_once.arm(0ms);
    late.arm(2ms);
  }
  ASSERT_TRUE(testkit::run_until(shard, [&] { return !recorder.calls.empty(); }));
  EXPECT_EQ(recorder.calls, std::vector<Deadline*>{&late});
}

TEST(DeadlineByTheRealClock, OneThatIsAlwaysDueAtOnceLetsOthersHaveTheirTurn) {
  Shard shard;
  Recorder recorder;
  recorder.then = [](Deadline& which) { which.arm(0ms); };
  Deadline greedy(shard.deadlines(), recorder);
  greedy.arm(0ms);
  int others = 0;
  for (int i = 0; i < 3; ++i) asio::post(shard.context(), [&] { ++others; });
  shard.run_turn(0ms, 8);
  EXPECT_EQ(others, 3);
  EXPECT_EQ(recorder.calls.size(), 5u);
}

TEST(DeadlineQueueTest, MayEndWhileCoroutinesWaitOnIt) {
  struct Witness {
    explicit Witness(bool* f) : freed(f) {}
    ~Witness() { *freed = true; }
    bool* freed;
  };
  const auto waiting = [](Shard* shard, bool* freed) -> awaitable<void> {
    const Witness witness(freed);
    co_await shard->deadlines().wait(1h);
  };
  bool freed = false;
  {
    Shard shard;
    asio::co_spawn(shard.get_executor(), waiting(&shard, &freed), [](std::exception_ptr) {});
    shard.run_ready();
    EXPECT_FALSE(freed);
  }
  EXPECT_TRUE(freed) << "the coroutine's frame leaked";
}

}  // namespace
}  // namespace konduit
