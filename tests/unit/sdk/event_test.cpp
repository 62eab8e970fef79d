#include "konduit/event.hpp"

#include <gtest/gtest.h>
#include <boost/asio/error.hpp>

#include <memory>
#include <optional>
#include <vector>

#include "konduit/shard.hpp"
#include "konduit/task_group.hpp"
#include "konduit/testkit/run.hpp"

namespace konduit {
namespace {

using namespace std::chrono_literals;

awaitable<void> wait_for(Event* event, TimePoint deadline, std::optional<error_code>* result) {
  *result = co_await event->wait(deadline);
}

class EventTest : public testing::Test {
 protected:
  EventTest() { shard_.deadlines().fake_clock(); }
  ~EventTest() override {
    event_.reset();
    tasks_.cancel();
    shard_.run_ready();
  }
  std::optional<error_code>& waiter(TimePoint deadline = TimePoint::max()) {
    results_.push_back(std::make_unique<std::optional<error_code>>());
    tasks_.spawn(wait_for(event_.get(), deadline, results_.back().get()));
    shard_.run_ready();
    return *results_.back();
  }

  Shard shard_;
  TaskGroup tasks_{shard_};
  std::unique_ptr<Event> event_ = std::make_unique<Event>(shard_);
  std::vector<std::unique_ptr<std::optional<error_code>>> results_;
};

TEST_F(EventTest, SetWakesAllWaitersFromTheLoop) {
  auto& first = waiter();
  auto& second = waiter();
  EXPECT_FALSE(first);
  event_->set();
  EXPECT_FALSE(first) << "the waiter was resumed inside set()";
  shard_.run_ready();
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(*first);
  EXPECT_FALSE(*second);
}

TEST_F(EventTest, LaterWaitersPassUntilItIsCleared) {
  event_->set();
  EXPECT_TRUE(event_->is_set());
  EXPECT_TRUE(waiter());
  event_->clear();
  auto& blocked = waiter();
  EXPECT_FALSE(blocked);
}

TEST_F(EventTest, AWaitEndsAtItsDeadline) {
  auto& result = waiter(shard_.now() + 5s);
  shard_.deadlines().advance(5s);
  shard_.run_ready();
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, StreamErrc::timed_out);
}

TEST_F(EventTest, SetWinsOverADeadlineThatComesLater) {
  auto& result = waiter(shard_.now() + 5s);
  event_->set();
  shard_.deadlines().advance(5s);
  shard_.run_ready();
  ASSERT_TRUE(result);
  EXPECT_FALSE(*result);
}

TEST_F(EventTest, ACancelledWaiterIsToldAndTheOthersGoOn) {
  TaskGroup other(shard_);
  std::optional<error_code> cancelled;
  other.spawn(wait_for(event_.get(), TimePoint::max(), &cancelled));
  auto& kept = waiter();
  other.cancel();
  shard_.run_ready();
  ASSERT_TRUE(cancelled);
  EXPECT_EQ(*cancelled, asio::error::operation_aborted);
  EXPECT_FALSE(kept);
  event_->set();
  shard_.run_ready();
  EXPECT_TRUE(kept);
}

TEST_F(EventTest, DestructionResumesTheWaiters) {
  auto& result = waiter(shard_.now() + 1h);
  event_.reset();
  shard_.run_ready();
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, asio::error::operation_aborted);
}

TEST_F(EventTest, AWaiterMayDestroyTheEvent) {
  const auto destroyer = [](std::unique_ptr<Event>* event) -> awaitable<void> {
    co_await (*event)->wait();
    event->reset();
  };
  tasks_.spawn(destroyer(&event_));
  auto& other = waiter();
  event_->set();
  shard_.run_ready();
  EXPECT_EQ(event_, nullptr);
  EXPECT_TRUE(other);
}

class WaitScenario final : public testkit::CancelScenario {
 public:
  explicit WaitScenario(Shard& shard) : event_(shard), shard_(shard) {}
  awaitable<void> operation() override {
    for (int i = 0; i < 3; ++i) {
      shard_.post([this] { event_.set(); });
      last_ = co_await event_.wait(shard_.now() + 1h);
      if (last_) co_return;
      event_.clear();
    }
    finished_ = true;
  }
  void check(bool cancelled) override {
    EXPECT_TRUE(cancelled || finished_);
    if (!finished_) {
      EXPECT_EQ(last_, asio::error::operation_aborted);
    }
  }

 private:
  Event event_;
  Shard& shard_;
  error_code last_;
  bool finished_ = false;
};

TEST(EventCancellation, IsCleanAtEveryStep) {
  const auto places = testkit::cancel_at_every_step([](Shard& shard) { return std::make_unique<WaitScenario>(shard); });
  EXPECT_GE(places, 4u);
}

}  // namespace
}  // namespace konduit
