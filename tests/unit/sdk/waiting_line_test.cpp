#include "konduit/waiting_line.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "konduit/event.hpp"
#include "konduit/shard.hpp"

namespace konduit {
namespace {

using Place = WaitingLine::Place;

TimePoint at(int second) { return TimePoint(std::chrono::seconds(second)); }

class WaitingLineTest : public testing::Test {
 protected:
  ~WaitingLineTest() override {
    tasks_.cancel();
    shard_.run_ready();
  }

  void connect(char name) {
    auto place = std::make_unique<Place>(line_, at(0));
    TaskGroup::Handle& task = place->task;
    tasks_.spawn(serve(this, std::move(place), name), task);
  }
  static awaitable<void> serve(WaitingLineTest* test, std::unique_ptr<Place> place, char name) {
    co_await test->served_.wait();
    std::string& ended = place->given_up() ? test->gave_way_ : test->stayed_;
    ended += name;
  }

  Shard shard_;
  Event served_{shard_};
  WaitingLine line_;
  TaskGroup tasks_{shard_};
  std::string gave_way_;
  std::string stayed_;
};

TEST_F(WaitingLineTest, TheOldestGivesWayAndThenTheNext) {
  for (const char name : {'a', 'b', 'c'}) connect(name);
  shard_.run_ready();
  EXPECT_TRUE(line_.give_way());
  shard_.run_ready();
  EXPECT_EQ(gave_way_, "a");
  EXPECT_TRUE(line_.give_way());
  shard_.run_ready();
  EXPECT_EQ(gave_way_, "ab");
  served_.set();
  shard_.run_ready();
  EXPECT_EQ(stayed_, "c");
}

TEST_F(WaitingLineTest, WhoGivesWayIsAskedOnceAndCountsUntilItHasEnded) {
  connect('a');
  connect('b');
  EXPECT_TRUE(line_.give_way());
  EXPECT_TRUE(line_.give_way());
  EXPECT_FALSE(line_.give_way()) << "nobody is left";
  EXPECT_FALSE(line_.oldest());
  EXPECT_EQ(line_.size(), 2u);
  shard_.run_ready();
  EXPECT_EQ(gave_way_, "ab");
  EXPECT_EQ(line_.size(), 0u);
}

TEST_F(WaitingLineTest, WhoHasLeftIsNotAsked) {
  auto first = std::make_unique<Place>(line_, at(1));
  Place second(line_, at(2));
  first.reset();
  EXPECT_EQ(line_.size(), 1u);
  EXPECT_TRUE(line_.give_way());
  EXPECT_TRUE(second.given_up());
}

TEST_F(WaitingLineTest, WhoComesAgainIsTheLast) {
  std::optional<Place> first;
  first.emplace(line_, at(1));
  Place second(line_, at(2));
  first.emplace(line_, at(3));
  EXPECT_TRUE(line_.give_way());
  EXPECT_FALSE(first->given_up());
  EXPECT_TRUE(second.given_up());
}

TEST_F(WaitingLineTest, TellsSinceWhenTheNextHasWaited) {
  EXPECT_FALSE(line_.oldest());
  Place first(line_, at(1));
  Place second(line_, at(2));
  EXPECT_TRUE(line_.oldest() == at(1));
  line_.give_way();
  EXPECT_TRUE(line_.oldest() == at(2));
}

}  // namespace
}  // namespace konduit
