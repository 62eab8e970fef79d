#include <gtest/gtest.h>

#include <vector>

#include "transport-grpc/fair_room.hpp"

namespace konduit::transport_grpc {
namespace {

/// A queue with room for 100, refilled at 40, and waiters who always want more.
class FairRoomTest : public testing::Test {
 protected:
  struct Greedy final : FairRoom::Waiter {
    Greedy(FairRoomTest& t) : test(t) {}
    ~Greedy() override { test.room_.leave(*this); }
    void on_room() override { said += test.take(*this); }
    FairRoomTest& test;
    std::size_t said = 0;
  };

  std::size_t take(Greedy& who) {
    const std::size_t room = room_.ask(who, queued_);
    queued_ += room;
    if (room > 0) room_.stand_in_line(who, queued_);
    return room;
  }
  void serve() {
    while (FairRoom::Waiter* next = room_.next_turn(queued_)) {
      next->on_room();
      room_.yield_turn();
    }
  }

  std::size_t queued_ = 0;
  FairRoom room_{100, 40, 10};
};

TEST_F(FairRoomTest, GivesAllItHasToTheOnlyOne) {
  Greedy alone(*this);
  EXPECT_EQ(take(alone), 100u);
  EXPECT_EQ(take(alone), 0u);
}

TEST_F(FairRoomTest, TakesNothingBetweenTheMarksOnTheWayDown) {
  Greedy alone(*this);
  take(alone);
  queued_ = 41;
  serve();
  EXPECT_EQ(alone.said, 0u);
  queued_ = 40;
  serve();
  EXPECT_EQ(alone.said, 60u);
}

TEST_F(FairRoomTest, ServesThoseWhoWaitInTurnAQuantumEach) {
  Greedy first(*this), second(*this), third(*this);
  take(first);
  EXPECT_EQ(take(second), 0u);
  EXPECT_EQ(take(third), 0u);
  for (int i = 0; i < 100; ++i) {
    queued_ = 40;
    serve();
  }
  EXPECT_EQ(first.said + second.said + third.said, 6000u);
  EXPECT_NEAR(static_cast<double>(first.said), 2000, 10);
  EXPECT_NEAR(static_cast<double>(second.said), 2000, 10);
  EXPECT_NEAR(static_cast<double>(third.said), 2000, 10);
}

TEST_F(FairRoomTest, ANewcomerStandsBehindThoseWhoWait) {
  Greedy first(*this), second(*this);
  take(first);
  take(second);
  queued_ = 10;  // there is room, but the line has not been served yet
  Greedy newcomer(*this);
  EXPECT_EQ(take(newcomer), 0u);
}

TEST_F(FairRoomTest, WhoLeavesTheLineIsNotCalled) {
  Greedy first(*this);
  take(first);
  {
    Greedy gone(*this);
    take(gone);
  }
  queued_ = 0;
  serve();
  EXPECT_EQ(first.said, 100u);
  EXPECT_TRUE(room_.waiting());
}

}  // namespace
}  // namespace konduit::transport_grpc
