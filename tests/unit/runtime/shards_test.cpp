#include "runtime/shards.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>

#include <atomic>

#include "konduit/event.hpp"
#include "konduit/task_group.hpp"
#include "konduit/testkit/run.hpp"

namespace konduit::runtime {
namespace {

/// Two shards on two threads, of which the control shard's is the test's.
class OnShardTest : public ::testing::Test {
 protected:
  /// Runs both shards until `body`, on the control shard, has ended.
  void run(awaitable<void> body) {
    TaskGroup tasks(home());
    tasks.spawn(then_stop(this, std::move(body)));
    shards_.run();
    testkit::await(home(), tasks.join());
  }
  static awaitable<void> then_stop(OnShardTest* test, awaitable<void> body) {
    co_await std::move(body);
    test->shards_.stop();
  }

  static awaitable<void> wait_for_ever(Shard* shard, error_code* end, std::atomic<Shard*>* ran_on) {
    *ran_on = Shard::current();
    Event never(*shard);
    *end = co_await never.wait();
  }
  static awaitable<void> turn(Shard* shard, int times) {
    for (int i = 0; i < times; ++i) co_await asio::post(shard->get_executor(), asio::use_awaitable_t<executor>());
  }
  static awaitable<void> cancel_one_that_waits(OnShardTest* test) {
    TaskGroup callers(test->home());
    callers.spawn(
        on_shard_or_cancelled(test->home(), test->there(), wait_for_ever(&test->there(), &test->end_, &test->ran_on_)));
    while (test->ran_on_ == nullptr) co_await turn(&test->home(), 1);
    callers.cancel();
    co_await callers.join();
  }
  static awaitable<void> cancel_many_at_their_end(OnShardTest* test) {
    for (int round = 0; round < 2000; ++round) {
      TaskGroup callers(test->home());
      for (int one = 0; one < 4; ++one) {
        callers.spawn(on_shard_or_cancelled(test->home(), test->there(), turn(&test->there(), one)));
      }
      co_await turn(&test->home(), round % 12);
      callers.cancel();
      co_await callers.join();
      ++test->rounds_;
    }
  }

  Shard& home() { return shards_.control(); }
  Shard& there() { return *shards_.all()[1]; }

  Shards shards_{2};
  error_code end_;
  std::atomic<Shard*> ran_on_ = nullptr;
  int rounds_ = 0;
};

TEST_F(OnShardTest, CancellingTheCallerCancelsWhatRunsElsewhere) {
  run(cancel_one_that_waits(this));
  EXPECT_EQ(ran_on_, &there());
  EXPECT_EQ(end_, asio::error::operation_aborted);
}

/// With on_shard() the cancellation reached the other thread behind the end of its target.
TEST_F(OnShardTest, ACancellationMayMeetTheEnd) {
  run(cancel_many_at_their_end(this));
  EXPECT_EQ(rounds_, 2000);
}

}  // namespace
}  // namespace konduit::runtime
