#include "konduit/task_group.hpp"

#include <gtest/gtest.h>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "konduit/event.hpp"
#include "konduit/shard.hpp"

namespace konduit {
namespace {

using namespace std::chrono_literals;

awaitable<void> write_name(std::string* log, char name) {
  *log += name;
  co_return;
}

awaitable<void> wait_on(Event* event, std::string* log) {
  const auto error = co_await event->wait();
  *log += error == asio::error::operation_aborted ? 'x' : error ? '?' : 'o';
}

awaitable<void> join_and_log(TaskGroup* group, std::string* log) {
  co_await group->join();
  *log += 'J';
}

awaitable<void> join_or_cancel_and_log(TaskGroup* group, std::string* log) {
  co_await group->join_or_cancel();
  *log += 'J';
}

class TaskGroupTest : public testing::Test {
 protected:
  Shard shard_;
  TaskGroup group_{shard_};
  Event event_{shard_};
  std::string log_;
};

TEST_F(TaskGroupTest, TasksStartFromTheLoop) {
  EXPECT_TRUE(group_.spawn(write_name(&log_, 'a')));
  EXPECT_EQ(log_, "");
  EXPECT_EQ(group_.size(), 1u);
  shard_.run_ready();
  EXPECT_EQ(log_, "a");
  EXPECT_EQ(group_.size(), 0u);
}

TEST_F(TaskGroupTest, TasksSpawnedInsideTheLoopDoNotStartInsideTheCall) {
  shard_.post([this] {
    group_.spawn(write_name(&log_, 'b'));
    log_ += 'a';
  });
  shard_.run_ready();
  EXPECT_EQ(log_, "ab");
}

TEST_F(TaskGroupTest, AClosedGroupRefusesNewcomersAndKeepsTheOthers) {
  group_.spawn(wait_on(&event_, &log_));
  shard_.run_ready();
  group_.close();
  EXPECT_TRUE(group_.closed());
  EXPECT_FALSE(group_.spawn(write_name(&log_, 'n')));
  event_.set();
  shard_.run_ready();
  EXPECT_EQ(log_, "o");
}

TEST_F(TaskGroupTest, CancelReachesATaskThatWaits) {
  group_.spawn(wait_on(&event_, &log_));
  shard_.run_ready();
  group_.cancel();
  group_.cancel();
  EXPECT_FALSE(group_.spawn(write_name(&log_, 'n')));
  shard_.run_ready();
  EXPECT_EQ(log_, "x");
  EXPECT_EQ(group_.size(), 0u);
}

TEST_F(TaskGroupTest, CancelReachesATaskThatHasNotStarted) {
  group_.spawn(wait_on(&event_, &log_));
  group_.cancel();
  shard_.run_ready();
  EXPECT_EQ(log_, "x");
  EXPECT_EQ(group_.size(), 0u);
}

TEST_F(TaskGroupTest, ACancelledTaskMayStillWaitForItsOwnTasks) {
  const auto parent = [](Shard* shard, Event* event, std::string* log) -> awaitable<void> {
    TaskGroup children(*shard);
    children.spawn(wait_on(event, log));
    const auto error = co_await event->wait();
    *log += error ? 'p' : '?';
    children.cancel();
    co_await children.join();
    *log += 'j';
  };
  group_.spawn(parent(&shard_, &event_, &log_));
  shard_.run_ready();
  group_.cancel();
  shard_.run_ready();
  EXPECT_EQ(log_, "pxj");
  EXPECT_EQ(group_.size(), 0u);
}

TEST_F(TaskGroupTest, ATaskMayCancelItsOwnGroup) {
  const auto suicidal = [](TaskGroup* group, Event* event, std::string* log) -> awaitable<void> {
    group->cancel();
    co_await wait_on(event, log);
  };
  group_.spawn(suicidal(&group_, &event_, &log_));
  group_.spawn(wait_on(&event_, &log_));
  shard_.run_ready();
  EXPECT_EQ(log_, "xx");
}

TEST_F(TaskGroupTest, CancelAfterTheLastCompletionWasQueuedIsHarmless) {
  group_.spawn(wait_on(&event_, &log_));
  shard_.run_ready();
  event_.set();
  group_.cancel();
  shard_.run_ready();
  EXPECT_EQ(log_, "o");
  EXPECT_EQ(group_.size(), 0u);
}

TEST_F(TaskGroupTest, JoinCompletesWithoutTasksAndMoreThanOnce) {
  TaskGroup joiners(shard_);
  joiners.spawn(join_and_log(&group_, &log_));
  shard_.run_ready();
  joiners.spawn(join_and_log(&group_, &log_));
  shard_.run_ready();
  EXPECT_EQ(log_, "JJ");
}

TEST_F(TaskGroupTest, JoinWaitsForTheLastTask) {
  TaskGroup joiners(shard_);
  group_.spawn(wait_on(&event_, &log_));
  joiners.spawn(join_and_log(&group_, &log_));
  shard_.run_ready();
  EXPECT_EQ(log_, "");
  event_.set();
  shard_.run_ready();
  EXPECT_EQ(log_, "oJ");
}

TEST_F(TaskGroupTest, JoinDoesNotEndEarlyWhenTheJoinerIsCancelled) {
  TaskGroup joiners(shard_);
  group_.spawn(wait_on(&event_, &log_));
  joiners.spawn(join_and_log(&group_, &log_));
  shard_.run_ready();
  joiners.cancel();
  shard_.run_ready();
  EXPECT_EQ(log_, "");
  group_.cancel();
  shard_.run_ready();
  EXPECT_EQ(log_, "xJ");
  EXPECT_EQ(joiners.size(), 0u);
}

TEST_F(TaskGroupTest, JoinOrCancelPassesTheJoinersCancellationOnAndWaitsForTheTasks) {
  TaskGroup joiners(shard_);
  group_.spawn(wait_on(&event_, &log_));
  joiners.spawn(join_or_cancel_and_log(&group_, &log_));
  shard_.run_ready();
  EXPECT_EQ(log_, "");
  joiners.cancel();
  shard_.run_ready();
  EXPECT_EQ(log_, "xJ");
}

TEST_F(TaskGroupTest, JoinOrCancelWithoutCancellationIsJoin) {
  TaskGroup joiners(shard_);
  group_.spawn(wait_on(&event_, &log_));
  joiners.spawn(join_or_cancel_and_log(&group_, &log_));
  shard_.run_ready();
  event_.set();
  shard_.run_ready();
  EXPECT_EQ(log_, "oJ");
  EXPECT_FALSE(group_.closed());
}

TEST_F(TaskGroupTest, TheGroupMayBeDestroyedByItsJoiner) {
  auto owned = std::make_unique<TaskGroup>(shard_);
  const auto destroyer = [](std::unique_ptr<TaskGroup>* group, std::string* log) -> awaitable<void> {
    co_await (*group)->join();
    group->reset();
    *log += 'd';
  };
  owned->spawn(write_name(&log_, 'a'));
  group_.spawn(destroyer(&owned, &log_));
  shard_.run_ready();
  EXPECT_EQ(log_, "ad");
}

TEST_F(TaskGroupTest, CancellationDoesNotThrowIntoATask) {
  const auto task = [](Event* event, std::string* log) -> awaitable<void> {
    for (int i = 0; i < 3; ++i) *log += co_await event->wait() ? 'x' : 'o';
  };
  group_.spawn(task(&event_, &log_));
  shard_.run_ready();
  group_.cancel();
  shard_.run_ready();
  EXPECT_EQ(log_, "xxx");
}

TEST_F(TaskGroupTest, AHandleCancelsItsTaskAlone) {
  TaskGroup::Handle handle;
  EXPECT_TRUE(group_.spawn(wait_on(&event_, &log_), handle));
  group_.spawn(wait_on(&event_, &log_));
  shard_.run_ready();
  handle.cancel();
  handle.cancel();
  shard_.run_ready();
  EXPECT_EQ(log_, "x");
  EXPECT_EQ(group_.size(), 1u);
  EXPECT_FALSE(group_.closed());
  event_.set();
  shard_.run_ready();
  EXPECT_EQ(log_, "xo");
}

TEST_F(TaskGroupTest, AHandleReachesATaskThatHasNotStarted) {
  TaskGroup::Handle handle;
  group_.spawn(wait_on(&event_, &log_), handle);
  handle.cancel();
  shard_.run_ready();
  EXPECT_EQ(log_, "x");
}

TEST_F(TaskGroupTest, AHandleThatIsEmptyOrWhoseTaskHasEndedDoesNothing) {
  TaskGroup::Handle handle;
  handle.cancel();
  group_.spawn(write_name(&log_, 'a'), handle);
  shard_.run_ready();
  handle.cancel();
  group_.close();
  EXPECT_FALSE(group_.spawn(write_name(&log_, 'n'), handle));
  handle.cancel();
  shard_.run_ready();
  EXPECT_EQ(log_, "a");
}

TEST_F(TaskGroupTest, AHandleMayOutliveItsGroup) {
  TaskGroup::Handle handle;
  {
    TaskGroup group(shard_);
    group.spawn(write_name(&log_, 'a'), handle);
    shard_.run_ready();
  }
  handle.cancel();
  EXPECT_EQ(log_, "a");
}

TEST(TaskGroupExceptions, AreHandedToTheHandlerAndEndTheTaskOnly) {
  Shard shard;
  std::string what;
  TaskGroup group(shard, [&](std::exception_ptr exception) {
    try {
      std::rethrow_exception(exception);
    } catch (const std::exception& error) {
      what = error.what();
    }
  });
  const auto throwing = []() -> awaitable<void> {
    throw std::runtime_error("a defect");
    co_return;
  };
  std::string log;
  group.spawn(throwing());
  group.spawn(write_name(&log, 'a'));
  shard.run_ready();
  EXPECT_EQ(what, "a defect");
  EXPECT_EQ(log, "a");
  EXPECT_EQ(group.size(), 0u);
}

TEST(TaskGroupMemory, FinishedTasksAreFreedWhileTheGroupLives) {
  Shard shard;
  TaskGroup group(shard);
  auto token = std::make_shared<int>();
  const auto holder = [](std::shared_ptr<int>) -> awaitable<void> { co_return; };
  for (int i = 0; i < 100; ++i) group.spawn(holder(token));
  EXPECT_EQ(token.use_count(), 101);
  shard.run_ready();
  EXPECT_EQ(token.use_count(), 1);
}

TEST(TaskGroupMemory, ARefusedTaskIsDroppedUnstarted) {
  Shard shard;
  TaskGroup group(shard);
  group.close();
  auto token = std::make_shared<int>();
  const auto holder = [](std::shared_ptr<int>) -> awaitable<void> { co_return; };
  EXPECT_FALSE(group.spawn(holder(token)));
  EXPECT_EQ(token.use_count(), 1);
}

}  // namespace
}  // namespace konduit
