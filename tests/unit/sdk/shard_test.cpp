#include "konduit/shard.hpp"

#include <gtest/gtest.h>
#include <boost/asio/post.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace konduit {
namespace {

/// Writes its name to a log when it is flushed.
class LoggingHook final : public FlushHook {
 public:
  LoggingHook(std::string& log, char name) : log_(log), name_(name) {}
  void flush() override {
    log_ += name_;
    if (then) then();
  }
  std::function<void()> then;

 private:
  std::string& log_;
  const char name_;
};

TEST(Shard, PostedWorkRunsInOrderAndNeverInsideTheCall) {
  Shard shard;
  std::string log;
  for (char c : {'a', 'b', 'c'}) shard.post([&log, c] { log += c; });
  EXPECT_EQ(log, "");
  shard.run_ready();
  EXPECT_EQ(log, "abc");
}

TEST(Shard, WhatIsPostedInOneTurnCostsOneWakeUp) {
  Shard shard;
  for (int i = 0; i < 100; ++i) shard.post([] {});
  shard.run_ready();
  EXPECT_EQ(shard.messages(), 100u);
  EXPECT_EQ(shard.wakeups(), 1u);
}

TEST(Shard, WorkPostedByWorkRunsLater) {
  Shard shard;
  std::string log;
  shard.post([&] {
    shard.post([&] { log += 'b'; });
    log += 'a';
  });
  shard.run_ready();
  EXPECT_EQ(log, "ab");
}

TEST(Shard, RunReadyGoesOnWithWhatAFlushMadeReady) {
  Shard shard;
  std::string log;
  LoggingHook hook(log, 'F');
  hook.then = [&] { shard.post([&] { log += 'h'; }); };
  shard.mark_dirty(hook);
  shard.run_ready();
  EXPECT_EQ(log, "Fh");
}

TEST(Shard, OutputIsFlushedOncePerTurnAfterItsHandlers) {
  Shard shard;
  std::string log;
  LoggingHook hook(log, 'F');
  for (int i = 0; i < 3; ++i) {
    asio::post(shard.context(), [&] {
      log += 'h';
      shard.mark_dirty(hook);
    });
  }
  shard.run_ready();
  EXPECT_EQ(log, "hhhF");
}

TEST(Shard, AHookThatIsMarkedWhileFlushingIsFlushedInTheSameTurn) {
  Shard shard;
  std::string log;
  LoggingHook first(log, '1');
  LoggingHook second(log, '2');
  first.then = [&] { shard.mark_dirty(second); };
  shard.mark_dirty(first);
  shard.run_turn(Duration::zero());
  EXPECT_EQ(log, "12");
}

TEST(Shard, AHookThatMarksItselfForEverDoesNotStopTheLoop) {
  Shard shard;
  std::string log;
  LoggingHook hook(log, 'x');
  bool handled = false;
  hook.then = [&] {
    if (!handled) shard.mark_dirty(hook);
  };
  shard.mark_dirty(hook);
  shard.run_turn(Duration::zero());
  EXPECT_LT(log.size(), 100u);
  asio::post(shard.context(), [&] { handled = true; });
  shard.run_ready();
  EXPECT_TRUE(handled);
}

TEST(Shard, HooksMayBeDestroyedWhileDirtyAndWhileFlushing) {
  Shard shard;
  std::string log;
  auto first = std::make_unique<LoggingHook>(log, '1');
  auto second = std::make_unique<LoggingHook>(log, '2');
  auto third = std::make_unique<LoggingHook>(log, '3');
  auto own = std::make_unique<LoggingHook>(log, 'o');
  first->then = [&] { second.reset(); };
  own->then = [&] { std::exchange(own, nullptr).reset(); };
  for (auto* hook : {first.get(), second.get(), third.get(), own.get()}) shard.mark_dirty(*hook);
  third.reset();
  shard.run_ready();
  EXPECT_EQ(log, "1o");
}

TEST(Shard, HandlersWithoutEndDoNotHoldUpTheFlush) {
  Shard shard;
  std::string log;
  LoggingHook hook(log, 'F');
  int left = 10'000;
  std::function<void()> again = [&] {
    if (--left > 0) asio::post(shard.context(), again);
  };
  asio::post(shard.context(), again);
  shard.mark_dirty(hook);
  shard.run_turn(Duration::zero());
  EXPECT_EQ(log, "F");
  EXPECT_GT(left, 0);
  shard.run_ready();
  EXPECT_EQ(left, 0);
}

/// How many handlers the loop runs between two flushes, while `handlers` of them wait.
std::vector<int> pieces(Shard& shard, int handlers) {
  std::string log;
  LoggingHook hook(log, 'F');
  std::vector<int> pieces;
  int since = 0;
  hook.then = [&] { pieces.push_back(std::exchange(since, 0)); };
  for (int i = 0; i < handlers; ++i) {
    asio::post(shard.context(), [&, last = i + 1 == handlers] {
      ++since;
      shard.mark_dirty(hook);
      if (last) shard.stop();
    });
  }
  shard.run();
  return pieces;
}

TEST(Shard, OutputBehindAWaitLeavesSoonAndThatOfABusyLoopInLargePieces) {
  for (const Duration busy_poll : {Duration::zero(), Duration(std::chrono::milliseconds(1))}) {
    Shard shard(0, busy_poll);
    EXPECT_EQ(pieces(shard, 600), (std::vector{8, 16, 32, 64, 128, 256, 96}));
    EXPECT_EQ(pieces(shard, 20), (std::vector{8, 12}));
  }
}

TEST(Shard, ALoopThatLooksForWorkFindsThatOfOthersAndStops) {
  Shard shard(0, std::chrono::seconds(10));
  constexpr int kMessages = 1'000;
  std::atomic<int> received = 0;
  std::thread loop([&] { shard.run(); });
  for (int i = 0; i < kMessages; ++i) {
    shard.post([&] { ++received; });
    while (received != i + 1) std::this_thread::yield();
  }
  shard.stop();
  loop.join();
  EXPECT_EQ(received, kMessages);
}

TEST(Shard, CurrentIsTheShardWhoseLoopRuns) {
  Shard first;
  Shard second;
  EXPECT_EQ(Shard::current(), &second);
  Shard* seen = nullptr;
  first.post([&] { seen = Shard::current(); });
  first.run_ready();
  EXPECT_EQ(seen, &first);
  EXPECT_EQ(Shard::current(), &second);
}

TEST(Shard, TwoThreadsPostAndEveryMessageArrivesInItsSendersOrder) {
  Shard shard;
  constexpr int kEach = 20'000;
  std::vector<int> last(2, -1);
  bool ordered = true;
  int received = 0;
  std::thread loop([&] { shard.run(); });
  std::vector<std::thread> senders;
  for (int sender = 0; sender < 2; ++sender) {
    senders.emplace_back([&, sender] {
      for (int i = 0; i < kEach; ++i) {
        shard.post([&, sender, i] {
          ordered = ordered && last[sender] == i - 1;
          last[sender] = i;
          if (++received == 2 * kEach) shard.stop();
        });
      }
    });
  }
  for (auto& sender : senders) sender.join();
  loop.join();
  EXPECT_EQ(received, 2 * kEach);
  EXPECT_TRUE(ordered);
  EXPECT_LE(shard.wakeups(), shard.messages());
}

TEST(Shard, RunWaitsWithoutWorkAndCanBeStoppedAndRunAgain) {
  Shard shard;
  for (int round = 0; round < 3; ++round) {
    bool ran = false;
    std::thread loop([&] { shard.run(); });
    shard.post([&] {
      ran = true;
      shard.stop();
    });
    loop.join();
    EXPECT_TRUE(ran);
  }
}

TEST(Shard, AStopBeforeRunIsNotLost) {
  Shard shard;
  shard.stop();
  shard.run();
  SUCCEED();
}

TEST(Shard, MessagesThatAreLeftAreDeletedUnrun) {
  auto token = std::make_shared<int>();
  bool ran = false;
  {
    Shard shard;
    shard.post([token, &ran] { ran = true; });
    EXPECT_EQ(token.use_count(), 2);
  }
  EXPECT_EQ(token.use_count(), 1);
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace konduit
