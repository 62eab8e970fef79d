#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "agents_fixture.hpp"
#include "konduit/testkit/memory_stream.hpp"
#include "support/slow_link.hpp"

namespace konduit::transport_grpc {
namespace {

using namespace std::chrono_literals;
using testkit::pattern;

/// A stock agent one of whose endpoints does not read: it gives the window of its stream back no more, and goes on to
/// answer PINGs and to open the window of its connection.
class StuckAgentTest : public AgentsFixture {
 protected:
  StuckAgentTest() { shard_.deadlines().fake_clock(); }

  void pass(Duration time, Duration step = 1s) {
    for (Duration passed{}; passed < time; passed += step) {
      shard_.deadlines().advance(step);
      shard_.run_ready();
    }
  }
  /// A tunnel over `agent` on which `bytes` are sent that the agent does not take.
  std::unique_ptr<testkit::StreamUser> upload(RawPeer& agent, std::size_t bytes = 8 * 1024 * 1024) {
    auto user = tunnel(agent, 1);
    user->receive();
    agent.consumes = false;
    user->send(pattern(bytes));
    settle();
    return user;
  }
  std::int64_t connected() { return station_->host.metrics().gauged("konduit_agents_connected"); }
};

TEST_F(StuckAgentTest, DialsGoToAnotherOne) {
  auto agent = join("node-1");
  auto other = join("node-2");
  auto tunnel = upload(*agent);
  pass(9s);
  auto early = std::make_unique<RunningDial>(shard_, *station_->part, request_for(shard_));
  settle();
  EXPECT_EQ(other->count(DIAL_REQ), 0u);
  pass(6s);
  auto late = dial(*other);
  EXPECT_EQ(connected(), 2);
}

TEST_F(StuckAgentTest, ItServesAgainWhenItTakesAgain) {
  auto agent = join("node-1");
  auto other = join("node-2");
  auto tunnel = upload(*agent);
  pass(20s);
  agent->consumes = true;
  agent->connection().consume(agent->last, agent->of().withheld);
  ASSERT_TRUE(until([&] { return tunnel->unsent() == 0; }));
  pass(5s);
  auto again = dial(*agent);
  pass(100s);
  EXPECT_EQ(connected(), 2);
}

TEST_F(StuckAgentTest, ItsTunnelsEndAfterAMinute) {
  auto agent = join("node-1");
  auto held_up = tunnel(*agent, 2);
  held_up->receive();
  auto offender = upload(*agent);
  pass(59s);
  EXPECT_EQ(held_up->closes(), 0u);
  pass(6s);
  EXPECT_EQ(held_up->closes(), 1u);
  EXPECT_EQ(offender->closes(), 1u);
  EXPECT_EQ(connected(), 0);
  EXPECT_TRUE(agent->goaway.has_value());
}

TEST_F(StuckAgentTest, ALittleThatWaitsIsEnough) {
  auto agent = join("node-1");
  auto tunnel = upload(*agent, 1024 * 1024 + 1000);
  pass(66s);
  EXPECT_EQ(connected(), 0);
}

TEST_F(StuckAgentTest, OneThatIsSlowIsNotStuck) {
  auto agent = join("node-1");
  auto tunnel = upload(*agent, 16 * 1024 * 1024);
  for (int round = 0; round < 12; ++round) {
    pass(25s);
    agent->connection().consume(agent->last, std::exchange(agent->of().withheld, 0));
    settle();
  }
  EXPECT_EQ(connected(), 1);
  EXPECT_EQ(tunnel->closes(), 0u);
}

/// Connections that the test makes.
class HandedOver final : public Listener {
 public:
  const std::string& url() const noexcept override { return url_; }
  void start(Shard&, Handler& handler) override { handler_ = &handler; }
  void stop(Shard&) override {}
  void accept(StreamPtr stream) { handler_->on_connection({std::move(stream), {}, "h2"}); }

 private:
  const std::string url_ = "tcp://agents";
  Handler* handler_ = nullptr;
};

TEST_F(StuckAgentTest, OneWhoseLinkIsSlowIsNotStuck) {
  const auto listener = std::make_shared<HandedOver>();
  station_.reset();
  station_ = std::make_unique<AgentsStation>(shard_, nodes::agents(), listener);
  constexpr Duration kTick = 100ms;
  constexpr std::size_t kWindow = 16 * 1024 * 1024;
  auto [near, far] = testkit::MemoryStream::make_pair(shard_, {.window = kWindow}, {.window = kWindow});
  listener->accept(std::make_unique<test_support::SlowLink>(shard_, std::move(far), 5000, 2 * 1024 * 1024));
  RawPeer agent(shard_, std::move(near), http2::Role::client);
  agent.call("/AgentService/Connect", {{"agentid", "node-1"}});
  pass(1s, kTick);
  RunningDial dial(shard_, *station_->part, request_for(shard_));
  pass(1s, kTick);
  agent.send(dial_success(random(agent), 1));
  pass(1s, kTick);
  ASSERT_TRUE(dial.done());
  testkit::StreamUser tunnel(shard_, std::move(**dial.result));
  tunnel.receive();
  // Until half of its window has arrived, which takes 105 s, the agent does not open it again.
  tunnel.send(pattern(4 * 1024 * 1024));
  pass(300s, kTick);
  EXPECT_EQ(connected(), 1);
}

TEST_F(StuckAgentTest, DialsThatAreCancelledQueueNoMoreThanIsBounded) {
  auto agent = join("node-1");
  auto tunnel = upload(*agent);
  const auto cancel_dials = [&] {
    for (int i = 0; i < 20'000; ++i) {
      RunningDial dial(shard_, *station_->part, request_for(shard_));
      shard_.run_ready();
      dial.cancel();
      shard_.run_ready();
    }
    return shard_.pool().in_use();
  };
  const std::size_t held = cancel_dials();
  EXPECT_EQ(cancel_dials(), held);
  RunningDial refused(shard_, *station_->part, request_for(shard_));
  ASSERT_TRUE(until([&] { return refused.done(); }));
  EXPECT_EQ(refused.result->error().code, DialErrc::overloaded);
}

TEST_F(StuckAgentTest, LateSuccessesAreClosedThoughMuchWaitsForTheAgent) {
  auto agent = join("node-1");
  std::map<std::int64_t, std::int64_t> late;  // random → connectID
  std::set<std::int64_t> open;
  std::vector<std::unique_ptr<RunningDial>> dials;
  for (std::int64_t id = 1'000; id < 1'100; ++id) {
    dials.push_back(dial(*agent));
    late[random(*agent)] = id;
    open.insert(id);
  }
  auto tunnel = upload(*agent);
  dials.clear();
  for (int i = 0; i < 20'000; ++i) {
    RunningDial more(shard_, *station_->part, request_for(shard_));
    shard_.run_ready();
  }
  for (const auto& [random, id] : late) agent->send(dial_success(random, id));
  settle();
  const auto held_after = [&](std::int64_t bogus) {
    for (std::int64_t id = 1; id <= bogus; ++id) {
      agent->send(dial_success(-id, 1'000'000 + id));
      if (id % 1'000 == 0) settle();
    }
    settle();
    return shard_.pool().in_use();
  };
  const std::size_t held = held_after(20'000);
  EXPECT_EQ(held_after(20'000), held);

  agent->consumes = true;
  agent->connection().consume(agent->last, std::exchange(agent->of().withheld, 0));
  ASSERT_TRUE(until([&] { return tunnel->unsent() == 0; }));
  settle();
  for (const RawPeer::Heard& heard : agent->of().packets) {
    if (heard.packet.type() == CLOSE_REQ) open.erase(heard.packet.closerequest().connectid());
  }
  EXPECT_EQ(open.size(), 0u);
}

}  // namespace
}  // namespace konduit::transport_grpc
