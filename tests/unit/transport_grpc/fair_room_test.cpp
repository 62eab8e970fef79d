#include <gtest/gtest.h>

#include <memory>
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
  FairRoom room_{100, 40, {.least = 5, .most = 10}};
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

TEST_F(FairRoomTest, TheMoreWaitTheLessEachMaySayInItsTurn) {
  std::vector<std::unique_ptr<Greedy>> many;
  for (int i = 0; i < 16; ++i) {
    many.push_back(std::make_unique<Greedy>(*this));
    take(*many.back());
  }
  FairRoom::Waiter* next = room_.next_turn(40);
  EXPECT_EQ(room_.ask(*next, 40), 6u) << "100 for a round of 16";
  room_.yield_turn();
  while (many.size() > 5) many.pop_back();
  next = room_.next_turn(40);
  EXPECT_EQ(room_.ask(*next, 40), 10u) << "never more than the most";
  room_.yield_turn();
}

TEST_F(FairRoomTest, AShortMessageGoesAheadOfThoseWhoSendWithoutEnd) {
  Greedy first(*this), second(*this), third(*this), rare(*this);
  for (Greedy* greedy : {&first, &second, &third}) take(*greedy);
  for (int i = 0; i < 3; ++i) {
    queued_ = 40;
    serve();
  }
  EXPECT_EQ(take(rare), 0u);
  queued_ = 40;
  EXPECT_EQ(room_.next_turn(queued_), &rare);
  room_.yield_turn();
  // It was served within this round: there is no second turn for it before the others had theirs.
  EXPECT_EQ(take(rare), 0u);
  FairRoom::Waiter* next = room_.next_turn(queued_);
  EXPECT_NE(next, &rare);
}

TEST_F(FairRoomTest, ThoseWhoGoAheadKeepTheirOrder) {
  Greedy first(*this), second(*this), rare(*this), rarer(*this), rarest(*this);
  for (Greedy* greedy : {&first, &second}) take(*greedy);
  for (int i = 0; i < 3; ++i) {
    queued_ = 40;
    serve();
  }
  for (Greedy* late : {&rare, &rarer, &rarest}) take(*late);
  room_.leave(rarer);
  queued_ = 40;
  EXPECT_EQ(room_.next_turn(queued_), &rare);
  room_.yield_turn();
  room_.leave(rarest);
  take(rarer);
  EXPECT_EQ(room_.next_turn(queued_), &rarer);
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
