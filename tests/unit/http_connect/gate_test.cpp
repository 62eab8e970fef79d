#include "http-connect/gate.hpp"

#include <gtest/gtest.h>

#include "konduit/testkit/memory_stream.hpp"
#include "konduit/testkit/run.hpp"
#include "konduit/testkit/stream_user.hpp"

namespace konduit::http_connect {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using testkit::MemoryStream;
using testkit::StreamUser;

/// A stream that knows, like a Unix socket, what its peer has read: the test says it.
class Knowing final : public Stream {
 public:
  Knowing(StreamPtr inner, std::optional<std::size_t>* unread, unsigned* asked)
      : inner_(std::move(inner)), unread_(unread), asked_(asked) {}
  void observe(Observer* observer) override { inner_->observe(observer); }
  Result<std::size_t> try_read(BufferQueue& into, const ReadShape& shape) override {
    return inner_->try_read(into, shape);
  }
  Result<std::size_t> try_write(BufferQueue& from) override { return inner_->try_write(from); }
  bool half_close() override { return inner_->half_close(); }
  void close() override { inner_->close(); }
  void reset(ResetReason reason) override { inner_->reset(reason); }
  std::size_t queued() const override { return inner_->queued(); }
  std::optional<std::size_t> unread_by_peer() const override {
    ++*asked_;
    return *unread_;
  }

 private:
  StreamPtr inner_;
  std::optional<std::size_t>* unread_;
  unsigned* asked_;
};

class Gate : public testing::Test {
 protected:
  void SetUp() override { shard.deadlines().fake_clock(); }
  void TearDown() override {
    gated.reset();
    client.reset();
    shard.run_ready();
  }
  /// `answer` is written first, as the frontend does.
  void make(std::string_view early = {}, std::string_view answer = "200") {
    auto ends = MemoryStream::make_pair(shard);
    below = ends.second.get();
    client = std::make_unique<StreamUser>(shard, std::move(ends.first));
    BufferQueue bytes;
    bytes.push_back(shard.pool().copy(answer));
    ASSERT_TRUE(ends.second->try_write(bytes));
    BufferQueue prefix;
    if (!early.empty()) prefix.push_back(shard.pool().copy(early));
    gated = std::make_unique<StreamUser>(
        shard, std::make_unique<GatedStream>(shard, std::make_unique<Knowing>(std::move(ends.second), &unread, &asked),
                                             std::move(prefix), milliseconds(3), &gauge));
    gauge.add(1);
    client->receive();
    shard.run_ready();
  }
  void pass(Duration time) {
    shard.deadlines().advance(time);
    for (int i = 0; i < 5; ++i) shard.run_ready();
  }

  Shard shard;
  std::optional<std::size_t> unread;
  unsigned asked = 0;
  Gauge gauge;
  MemoryStream* below = nullptr;
  std::unique_ptr<StreamUser> client;
  std::unique_ptr<StreamUser> gated;
};

TEST_F(Gate, HoldsTheFirstByteUntilThePeerHasReadTheAnswer) {
  unread = 700;
  make();
  gated->send("first");
  EXPECT_EQ(gated->unsent(), 5u);
  pass(std::chrono::seconds(30));
  EXPECT_EQ(client->received(), "200") << "a client that does not read may not be overrun, however long it takes";
  unread = 0;
  pass(milliseconds(20));
  pass(milliseconds(1));
  EXPECT_EQ(gated->unsent(), 0u);
  EXPECT_EQ(client->received(), "200first");
}

TEST_F(Gate, OpensAMomentAfterTheAnswerIsReadSoThatTheReadHasReturned) {
  unread = 700;
  make();
  gated->send("first");
  unread = 0;
  pass(microseconds(51));
  EXPECT_EQ(client->received(), "200") << "the read that took the answer may still look for more";
  pass(microseconds(999));
  EXPECT_EQ(client->received(), "200");
  pass(microseconds(1));
  EXPECT_EQ(client->received(), "200first");
}

TEST_F(Gate, OpensAtOnceWhenTheClientHasSpokenSinceItReadTheAnswer) {
  unread = 0;
  make("early");
  gated->receive();
  client->send("question");
  ASSERT_TRUE(testkit::run_until(shard, [&] { return gated->received() == "earlyquestion"; }));
  gated->send("first");
  EXPECT_EQ(gated->unsent(), 0u) << "no need to wait";
}

TEST_F(Gate, WhatCameBehindTheRequestDoesNotTellThatTheAnswerIsRead) {
  unread = 0;
  make("early");
  gated->receive();
  ASSERT_TRUE(testkit::run_until(shard, [&] { return gated->received() == "early"; }));
  gated->send("first");
  EXPECT_EQ(gated->unsent(), 5u);
}

TEST_F(Gate, AsksNobodyUntilSomethingIsToBeWritten) {
  unread = 0;
  make();
  pass(std::chrono::seconds(10));
  EXPECT_EQ(asked, 0u);
  gated->send("late");
  pass(milliseconds(1));
  EXPECT_EQ(gated->unsent(), 0u);
  const auto asked_once = asked;
  for (int i = 0; i < 10; ++i) gated->send("more");
  EXPECT_EQ(asked, asked_once) << "an open gate asks no more";
}

TEST_F(Gate, AsksLessAndLessOften) {
  unread = 1;
  make();
  gated->send("first");
  for (int i = 0; i < 1'000; ++i) pass(milliseconds(1));
  EXPECT_LT(asked, 250u);
  EXPECT_GT(asked, 50u);
}

TEST_F(Gate, AsksAClientThatNeverReadsAboutOnceASecond) {
  unread = 1;
  make();
  gated->send("first");
  for (int i = 0; i < 3'000; ++i) pass(milliseconds(1));
  const auto soon = asked;
  for (int i = 0; i < 30; ++i) pass(std::chrono::seconds(1));
  EXPECT_LE(asked - soon, 70u) << "each time twice at the most";
  for (int i = 0; i < 10'000; ++i) pass(milliseconds(1));
  EXPECT_LE(asked - soon, 100u);
}

TEST_F(Gate, WaitsInPeaceForAnswersThatFollowOneThatWasTaken) {
  unread = 0;
  make();
  gated->send("first");
  unread = 700;  // TLS has answered the client
  shard.deadlines().advance(milliseconds(2));
  const auto before = asked;
  for (int i = 0; i < 100; ++i) shard.run_turn(Duration::zero());
  EXPECT_LE(asked - before, 4u);
  EXPECT_EQ(client->received(), "200");
  unread = 0;
  pass(milliseconds(20));
  EXPECT_EQ(client->received(), "200") << "the read that took the answer may still look for more";
  pass(milliseconds(1));
  EXPECT_EQ(client->received(), "200first");
}

TEST_F(Gate, WaitsForTheGapWhereNobodyCanTell) {
  make();
  gated->send("first");
  EXPECT_EQ(gated->unsent(), 5u);
  pass(microseconds(2'900));
  EXPECT_EQ(client->received(), "200");
  pass(microseconds(200));
  EXPECT_EQ(client->received(), "200first");
}

TEST_F(Gate, CountsTheGapFromWhenTheAnswerLeft) {
  auto ends = MemoryStream::make_pair(shard, {}, {.window = 3});
  auto* holding = ends.second.get();
  client = std::make_unique<StreamUser>(shard, std::move(ends.first));
  holding->hold();
  BufferQueue answer;
  answer.push_back(shard.pool().copy("200"));
  ASSERT_TRUE(holding->try_write(answer));
  gated = std::make_unique<StreamUser>(
      shard, std::make_unique<GatedStream>(shard, std::move(ends.second), BufferQueue(), milliseconds(3), nullptr));
  client->receive();
  gated->send("first");
  pass(milliseconds(50));
  EXPECT_EQ(gated->unsent(), 5u) << "the answer is still here";
  holding->release();
  pass(milliseconds(4));
  pass(milliseconds(4));
  EXPECT_TRUE(client->received().starts_with("200f")) << client->received();
}

TEST_F(Gate, HandsOverEarlyBytesFirst) {
  unread = 0;
  make("early ");
  client->send("and late");
  shard.run_ready();
  gated->receive();
  ASSERT_TRUE(testkit::run_until(shard, [&] { return gated->received() == "early and late"; }));
}

TEST_F(Gate, ReadingAndTheEndAreNotHeldBack) {
  unread = 1;
  make();
  gated->receive();
  client->send("question");
  ASSERT_TRUE(testkit::run_until(shard, [&] { return gated->received() == "question"; }));
  EXPECT_TRUE(gated->half_close());
  EXPECT_TRUE(testkit::run_until(shard, [&] { return client->read_end() == StreamErrc::end_of_stream; }));
  EXPECT_EQ(client->received(), "200");
}

TEST_F(Gate, TellsThatTheClientIsGone) {
  unread = 1;
  make();
  gated->send("first");
  client->destroy();
  ASSERT_TRUE(testkit::run_until(shard, [&] { return gated->closes() == 1; }));
  BufferQueue bytes;
  bytes.push_back(shard.pool().copy("x"));
  EXPECT_FALSE(would_block(gated->try_write(bytes).error()));
}

TEST_F(Gate, TellsAnEndThatCameBeforeAnybodyObserved) {
  auto [peer, below_it] = MemoryStream::make_pair(shard);
  auto stream = std::make_unique<GatedStream>(shard, std::move(below_it), BufferQueue(), milliseconds(3), nullptr);
  peer->close();
  pass(milliseconds(1));
  gated = std::make_unique<StreamUser>(shard, std::move(stream));
  pass(milliseconds(1));
  EXPECT_EQ(gated->closes(), 1u);
}

TEST_F(Gate, MayBeDestroyedWhileItWaits) {
  unread = 1;
  make();
  gated->send("first");
  EXPECT_EQ(gauge.value(), 1);
  gated.reset();
  EXPECT_EQ(gauge.value(), 0);
  pass(std::chrono::seconds(1));
}

}  // namespace
}  // namespace konduit::http_connect
