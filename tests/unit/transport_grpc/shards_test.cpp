#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "konduit/testkit/test_host.hpp"
#include "raw_peer.hpp"
#include "stations.hpp"
#include "transport-grpc/packets.hpp"

namespace konduit::transport_grpc {
namespace {

using namespace std::chrono_literals;
using testkit::pattern;
using testkit::StreamUser;

/// One `agents` backend on two shards, run in turn by the test's thread: an agent on the second, dials on the first.
class ShardsTest : public testing::Test {
 protected:
  ShardsTest() : backend_(nodes::agents(), host_) {
    host_.network.connecting.window = host_.network.accepting.window = kWide;
    host_.on_listen = [this](const config::Node&, const ListenSettings&) {
      return host_.network.listen("tcp://agents");
    };
    for (testkit::TestAttachment* attachment : {&here_, &there_}) {
      attachment->add(ComponentKind::selector, "first/a", selector_);
    }
    testkit::await(first_, backend_.prepare());
    home_.reset(static_cast<AgentsPart*>(backend_.attach(here_).release()));
    far_.reset(static_cast<AgentsPart*>(backend_.attach(there_).release()));
    // The listener of the network hands connections to one handler: the second shard's.
    testkit::await(second_, far_->start());
  }
  void SetUp() override {
    auto connection = host_.network.connect(second_, "tcp://agents", "h2");
    agent_ = std::make_unique<RawPeer>(second_, std::move(connection->stream), http2::Role::client);
    agent_->call("/AgentService/Connect", {{"agentid", "far away"}});
    ASSERT_TRUE(until([&] { return agent_->of().head && home_->has_agents(); }));
  }
  ~ShardsTest() override {
    stop(second_, *far_);
    stop(first_, *home_);
    agent_.reset();
    far_.reset();
    home_.reset();
  }

  void turn() {
    first_.run_turn(Duration::zero());
    second_.run_turn(Duration::zero());
  }
  bool until(const std::function<bool()>& done) {
    return testkit::run_until([this](Duration) { turn(); }, done);
  }
  void settle() {
    for (int i = 0; i < 50; ++i) turn();
  }
  void stop(Shard& shard, Part& part) {
    TaskGroup tasks(shard);
    tasks.spawn(part.stop());
    EXPECT_TRUE(until([&] { return tasks.size() == 0; }));
    testkit::await(shard, tasks.join());
  }

  /// A peer that reads nothing: whoever closes waits for it.
  auto connect_unread() {
    host_.network.connecting.window = host_.network.accepting.window = 1;
    auto connection = host_.network.connect(second_, "tcp://agents", "h2");
    host_.network.connecting.window = host_.network.accepting.window = kWide;
    return connection;
  }

  std::unique_ptr<RunningDial> dial() {
    const std::size_t before = agent_->count(DIAL_REQ);
    auto running = std::make_unique<RunningDial>(first_, *home_, request_for(first_));
    EXPECT_TRUE(until([&] { return agent_->count(DIAL_REQ) == before + 1; }));
    return running;
  }
  std::unique_ptr<StreamUser> tunnel(std::int64_t id) {
    auto running = dial();
    agent_->send(dial_success(agent_->heard(DIAL_REQ).packet.dialrequest().random(), id));
    EXPECT_TRUE(until([&] { return running->done(); }));
    EXPECT_TRUE(*running->result);
    return std::make_unique<StreamUser>(first_, std::move(**running->result));
  }

  Shard first_{0};
  Shard second_{1};
  testkit::TestHost host_{std::vector<Shard*>{&first_, &second_}, "agents/main"};
  testkit::TestAttachment here_{first_};
  testkit::TestAttachment there_{second_};
  FirstAgent selector_;
  AgentsBackend backend_;
  std::unique_ptr<AgentsPart> home_;
  std::unique_ptr<AgentsPart> far_;
  std::unique_ptr<RawPeer> agent_;
};

TEST_F(ShardsTest, AnAgentOfAnotherShardServesAndBytesCross) {
  auto user = tunnel(5);
  user->receive();
  const std::string down = pattern(2'000'000);
  for (std::size_t at = 0; at < down.size(); at += 100'000) agent_->send_data(5, down.substr(at, 100'000));
  const std::string up = pattern(1'000'000, 3);
  user->send(up);
  ASSERT_TRUE(
      until([&] { return user->received().size() == down.size() && agent_->of().received[5].size() == up.size(); }));
  EXPECT_TRUE(user->received() == down);
  EXPECT_TRUE(agent_->of().received[5] == up);
}

TEST_F(ShardsTest, TheAgentsCloseArrivesBehindItsBytes) {
  auto user = tunnel(5);
  const std::string text = pattern(600'000);
  agent_->send_data(5, text);
  agent_->send(close_response(5, ""));
  user->receive();
  ASSERT_TRUE(until([&] { return user->read_end().failed(); }));
  EXPECT_TRUE(end_of_stream(user->read_end()));
  EXPECT_TRUE(user->received() == text);
}

TEST_F(ShardsTest, TheDiallersCloseArrivesBehindItsBytes) {
  auto user = tunnel(5);
  EXPECT_FALSE(user->half_close()) << "the tunnel behind it cannot say it";
  const std::string text = pattern(600'000);
  user->send(text);
  ASSERT_TRUE(until([&] { return user->unsent() == 0; }));
  user->close();
  ASSERT_TRUE(until([&] { return agent_->count(CLOSE_REQ) == 1; }));
  EXPECT_TRUE(agent_->of().received[5] == text);
}

TEST_F(ShardsTest, AResetCrossesInBothDirections) {
  auto user = tunnel(5);
  user->destroy();
  ASSERT_TRUE(until([&] { return agent_->count(CLOSE_REQ) == 1; }));
  agent_->send(close_response(5, ""));
  auto other = tunnel(6);
  other->receive();
  agent_->vanish();
  ASSERT_TRUE(until([&] { return other->read_end().failed(); }));
  EXPECT_FALSE(end_of_stream(other->read_end()));
}

TEST_F(ShardsTest, AFailureIsToldWithItsWords) {
  auto running = dial();
  agent_->send(dial_failure(agent_->heard(DIAL_REQ).packet.dialrequest().random(), "connect: connection refused"));
  ASSERT_TRUE(until([&] { return running->done(); }));
  EXPECT_EQ(running->result->error().text, "connect: connection refused");
}

TEST_F(ShardsTest, ACancelledDialIsTakenBackAtTheAgent) {
  auto running = dial();
  running->cancel();
  ASSERT_TRUE(until([&] { return running->done() && agent_->count(DIAL_CLS) == 1; }));
  EXPECT_EQ(running->result->error().code, DialErrc::cancelled);
}

TEST_F(ShardsTest, ADialFailsWhenItsAgentIsLost) {
  auto running = dial();
  agent_->vanish();
  ASSERT_TRUE(until([&] { return running->done(); }));
  EXPECT_EQ(running->result->error().code, DialErrc::peer_gone);
  EXPECT_TRUE(until([&] { return !home_->has_agents(); }));
}

TEST_F(ShardsTest, AStalledReaderOfAnotherShardHoldsABoundedAmount) {
  auto user = tunnel(5);
  const std::string text = pattern(16 * 1024 * 1024);
  for (std::size_t at = 0; at < text.size(); at += 1024 * 1024) agent_->send_data(5, text.substr(at, 1024 * 1024));
  settle();
  EXPECT_GT(agent_->connection().queued(agent_->last), 8u * 1024 * 1024);
  user->receive();
  ASSERT_TRUE(until([&] { return user->received().size() == text.size(); }));
  EXPECT_TRUE(user->received() == text);
}

TEST_F(ShardsTest, WhatAnAgentsCloseHasLeftBehindIsGivenUpWhereNobodyReadsIt) {
  for (Shard* shard : {&first_, &second_}) shard->deadlines().fake_clock();
  auto silent = tunnel(5);
  auto slow = tunnel(6);
  const std::string text = pattern(600'000);
  for (const std::int64_t id : {5, 6}) {
    agent_->send_data(id, text);
    agent_->send(close_response(id, ""));
  }
  BufferQueue bytes;
  for (int i = 0; i < 6; ++i) {
    settle();
    EXPECT_EQ(silent->closes(), i < 3 ? 0u : 1u) << i;
    for (Shard* shard : {&first_, &second_}) shard->deadlines().advance(10s);
    ReadShape shape;
    shape.limit = 100'000;
    const auto got = slow->try_read(bytes, shape);
    EXPECT_TRUE(got && *got > 0) << i;
  }
  slow->receive();
  ASSERT_TRUE(until([&] { return slow->read_end().failed(); }));
  EXPECT_TRUE(end_of_stream(slow->read_end()));
  EXPECT_EQ(bytes.size() + slow->received().size(), text.size());
  EXPECT_EQ(silent->close_reason(), make_error_code(StreamErrc::reset));
}

TEST_F(ShardsTest, AgentsOfAGenerationThatBeginsWhileTheLastOneClosesAreDialledFromAnyShard) {
  const auto unread = connect_unread();
  const std::unique_ptr<AgentsPart> closing = std::move(far_);
  settle();
  TaskGroup tasks(second_);
  tasks.spawn(closing->stop());
  settle();
  far_.reset(static_cast<AgentsPart*>(backend_.attach(there_).release()));
  testkit::await(second_, far_->start());
  SetUp();
  auto user = tunnel(5);
  ASSERT_TRUE(until([&] { return tasks.size() == 0; }));
  testkit::await(second_, tasks.join());
  auto later = tunnel(6);
  user->receive();
  agent_->send_data(5, "served");
  EXPECT_TRUE(until([&] { return user->received() == "served"; }));
}

TEST_F(ShardsTest, AGenerationThatComesAndGoesWhileTheLastOneClosesLeavesNoAgent) {
  const auto unread = connect_unread();
  settle();
  TaskGroup tasks(second_);
  tasks.spawn(far_->stop());
  settle();
  const std::unique_ptr<AgentsPart> brief(static_cast<AgentsPart*>(backend_.attach(there_).release()));
  testkit::await(second_, brief->start());
  SetUp();
  tasks.spawn(brief->stop());
  ASSERT_TRUE(until([&] { return tasks.size() == 0; }));
  testkit::await(second_, tasks.join());
  EXPECT_TRUE(until([&] { return agent_->over && !home_->has_agents(); }));
}

}  // namespace
}  // namespace konduit::transport_grpc
