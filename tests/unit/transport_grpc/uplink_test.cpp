#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <set>
#include <string>

#include "raw_peer.hpp"
#include "stations.hpp"
#include "support/slow_link.hpp"
#include "support/temp_directory.hpp"
#include "transport-grpc/packets.hpp"

namespace konduit::transport_grpc {
namespace {

using namespace std::chrono_literals;
using testkit::StreamUser;

/// The uplink and servers that say what the test wants. Time stands still.
class UplinkTest : public testing::Test {
 protected:
  /// A server, or a load balancer before several: each connection is greeted with the next of `ids`.
  struct FakeServer final : Listener::Handler {
    FakeServer(UplinkTest& t, std::string its_url, std::vector<std::string> its_ids, std::string its_count = "1")
        : test(t),
          ids(std::move(its_ids)),
          count(std::move(its_count)),
          listener(t.network_.listen(std::move(its_url))) {
      listener->start(test.shard_, *this);
    }
    void on_connection(Connection connection) override {
      peers.push_back(std::make_unique<RawPeer>(test.shard_, std::move(connection.stream), http2::Role::server));
      if (silent) return;
      peers.back()->answers = answers;
      peers.back()->greeting = {{"serverid", ids[next++ % ids.size()]}, {"servercount", count}};
      peers.back()->refusal = refusal;
    }
    RawPeer& last() { return *peers.back(); }

    UplinkTest& test;
    std::vector<std::string> ids;
    std::string count;
    std::size_t next = 0;
    bool silent = false;
    bool answers = true;
    std::optional<http2::GrpcEnd> refusal;
    std::deque<std::unique_ptr<RawPeer>> peers;
    std::shared_ptr<Listener> listener;
  };

  /// The part's drain(), beside the test.
  struct RunningDrain {
    explicit RunningDrain(UplinkTest& t) : test(t), tasks(t.shard_) {
      tasks.spawn(run(t.uplink_->part.get(), t.shard_.now() + 10s, &done));
    }
    ~RunningDrain() {
      tasks.cancel();
      testkit::await(test.shard_, tasks.join());
    }
    static awaitable<void> run(FrontendPart* part, TimePoint deadline, bool* ended) {
      co_await part->drain(deadline);
      *ended = true;
    }

    UplinkTest& test;
    TaskGroup tasks;
    bool done = false;
  };

  UplinkTest() { shard_.deadlines().fake_clock(); }
  void TearDown() override {
    if (uplink_) uplink_->stop();
  }

  bool until(const std::function<bool()>& done) { return testkit::run_until(shard_, done); }
  void settle() {
    for (int turn = 0; turn < 50; ++turn) shard_.run_turn(Duration::zero());
  }
  void pass(Duration time) {
    settle();
    shard_.deadlines().advance(time);
    settle();
  }
  void start(std::vector<std::string> urls = {"tcp://lb"}, const config::Node& node = nodes::uplink()) {
    uplink_ = std::make_unique<UplinkStation>(shard_, network_, std::move(urls), node);
  }
  std::int64_t servers() { return uplink_->host.metrics().gauged("konduit_uplink_servers"); }
  FakeDialer& dialer() { return uplink_->dialer; }

  Shard shard_;
  testkit::MemoryNetwork network_;
  std::unique_ptr<UplinkStation> uplink_;
};

TEST_F(UplinkTest, SaysWhoItIs) {
  FakeServer server(*this, "tcp://lb", {"s1"});
  const test_support::TempDirectory folder;
  start({"tcp://lb"}, nodes::uplink(folder.write("token", " t0ken\n")));
  ASSERT_TRUE(until([&] { return servers() == 1; }));
  const http2::Headers& request = *server.last().request;
  EXPECT_EQ(request.get(":path"), "/AgentService/Connect");
  EXPECT_EQ(request.get(":authority"), "lb");
  EXPECT_EQ(request.get("agentid"), "agent-1");
  EXPECT_EQ(request.get("agentidentifiers"), "default-route=true&ipv4=10.0.0.1&ipv6=fd00%3A%3A1");
  EXPECT_EQ(request.get("authorization"), "Bearer t0ken");
  folder.write("token", "renewed");
  server.last().vanish();
  ASSERT_TRUE(until([&] { return servers() == 0; }));
  pass(2s);
  ASSERT_TRUE(until([&] { return servers() == 1; }));
  EXPECT_EQ(server.last().request->get("authorization"), "Bearer renewed");
}

TEST_F(UplinkTest, IsReadyWithAServerAndTellsDiscovery) {
  FakeServer server(*this, "tcp://lb", {"s1"}, "1");
  start();
  EXPECT_FALSE(uplink_->host.health("server-connected").ready);
  EXPECT_EQ(uplink_->host.health("server-connected").reason, "no servers connected");
  ASSERT_TRUE(until([&] { return uplink_->host.health("server-connected").ready; }));
  ASSERT_EQ(uplink_->servers.announcements.size(), 1u);
  EXPECT_EQ(uplink_->servers.announcements[0].server_id, "s1");
  EXPECT_EQ(uplink_->servers.announcements[0].server_count, 1u);
  server.last().vanish();
  ASSERT_TRUE(until([&] { return !uplink_->host.health("server-connected").ready; }));
  EXPECT_EQ(uplink_->servers.gone, std::vector<std::string>{"s1"});
}

TEST_F(UplinkTest, FindsAllServersBehindALoadBalancerAndKeepsOneConnectionToEach) {
  FakeServer balancer(*this, "tcp://lb", {"s1", "s1", "s2", "s1", "s3"}, "3");
  start();
  for (int i = 0; i < 30 && servers() < 3; ++i) pass(1100ms);
  EXPECT_EQ(servers(), 3);
  EXPECT_EQ(uplink_->host.metrics().gauged("konduit_uplink_servers_wanted"), 3);
  settle();
  std::size_t alive = 0;
  for (const auto& peer : balancer.peers) alive += !peer->over;
  EXPECT_EQ(alive, 3u);
  const std::size_t attempts = balancer.peers.size();
  for (int i = 0; i < 30; ++i) pass(5s);
  EXPECT_EQ(balancer.peers.size(), attempts) << "nothing is redialled once all are there";
}

TEST_F(UplinkTest, FindsAServerThatIsCountedLater) {
  FakeServer balancer(*this, "tcp://lb", {"s1", "s2", "s1", "s3"}, "2");
  start();
  ASSERT_TRUE(until([&] { return servers() == 2; }));
  pass(60s);
  EXPECT_EQ(balancer.peers.size(), 2u);
  uplink_->servers.change(3);
  for (int i = 0; i < 5 && servers() < 3; ++i) pass(1100ms);
  EXPECT_EQ(servers(), 3);
}

TEST_F(UplinkTest, LooksNowAndThenForServersThatNobodyCounts) {
  FakeServer balancer(*this, "tcp://lb", {"s1", "s1", "s2", "s3", "s1"}, "1");
  start();
  ASSERT_TRUE(until([&] { return servers() == 1; }));
  pass(9min);
  EXPECT_EQ(balancer.peers.size(), 1u);
  for (int i = 0; i < 4 && balancer.peers.size() < 2; ++i) pass(2min);
  EXPECT_EQ(balancer.peers.size(), 2u);
  EXPECT_EQ(servers(), 1);
  for (int i = 0; i < 9 && servers() < 2; ++i) pass(2min);
  pass(1100ms);
  EXPECT_EQ(servers(), 3) << "where one more came, others may have";
  pass(1100ms);
  const std::size_t attempts = balancer.peers.size();
  pass(9min);
  EXPECT_EQ(balancer.peers.size(), attempts);
}

TEST_F(UplinkTest, SaysOnceThatItMeetsOneServerWhereThereShouldBeSeveral) {
  FakeServer balancer(*this, "tcp://lb", {"s1"}, "3");
  start();
  const auto told = [&] {
    std::size_t lines = 0;
    for (const auto& line : uplink_->host.log().lines()) {
      lines += line.message.find("several servers may") != std::string::npos;
    }
    return lines;
  };
  for (int i = 0; i < 6; ++i) pass(2s);
  EXPECT_EQ(told(), 0u);
  for (int i = 0; i < 100; ++i) pass(12s);
  EXPECT_EQ(told(), 1u);
  for (int i = 0; i < 250; ++i) pass(12s);
  EXPECT_EQ(told(), 2u);
}

TEST_F(UplinkTest, ConnectsToEveryAddressThatIsNamed) {
  FakeServer one(*this, "tcp://one", {"s1"}, "2");
  FakeServer two(*this, "tcp://two", {"s2"}, "2");
  start({"tcp://one", "tcp://two"});
  ASSERT_TRUE(until([&] { return servers() == 2; }));
  EXPECT_EQ(one.peers.size(), 1u);
  EXPECT_EQ(two.peers.size(), 1u);
}

TEST_F(UplinkTest, TriesAgainWithGrowingPausesWhileNobodyListens) {
  start();
  settle();
  EXPECT_EQ(network_.attempts.size(), 1u);
  pass(1100ms);
  EXPECT_EQ(network_.attempts.size(), 2u);
  pass(1100ms);
  EXPECT_EQ(network_.attempts.size(), 2u) << "the second pause is longer";
  pass(600ms);
  EXPECT_EQ(network_.attempts.size(), 3u);
  for (int i = 0; i < 20; ++i) pass(11s);
  EXPECT_EQ(network_.attempts.size(), 23u) << "the pause is capped";
  FakeServer server(*this, "tcp://lb", {"s1"});
  pass(11s);
  EXPECT_EQ(servers(), 1);
}

TEST_F(UplinkTest, AServerThatDoesNotGreetIsLeftAfterTheDeadline) {
  FakeServer server(*this, "tcp://lb", {"s1"});
  server.silent = true;
  start();
  settle();
  ASSERT_EQ(server.peers.size(), 1u);
  server.last().greeting = {};
  pass(11s);
  EXPECT_EQ(servers(), 0);
  EXPECT_TRUE(server.peers[0]->over || server.peers[0]->connection().closed());
  server.silent = false;
  pass(2s);
  EXPECT_TRUE(until([&] { return servers() == 1; }));
}

TEST_F(UplinkTest, ARefusalIsToldInTheLog) {
  FakeServer server(*this, "tcp://lb", {"s1"});
  server.refusal = http2::GrpcEnd{http2::GrpcStatus::unauthenticated, "the token is not good"};
  start();
  EXPECT_TRUE(until([&] { return uplink_->host.log().text().find("the token is not good") != std::string::npos; }));
}

TEST_F(UplinkTest, ALostServerIsFoundAgainAtOnceAndAFlappingOneAtIntervals) {
  FakeServer server(*this, "tcp://lb", {"s1"});
  start();
  ASSERT_TRUE(until([&] { return servers() == 1; }));
  pass(60s);
  server.last().vanish();
  ASSERT_TRUE(until([&] { return server.peers.size() == 2 && servers() == 1; }));
  server.last().vanish();
  settle();
  EXPECT_EQ(server.peers.size(), 2u);
  pass(1200ms);
  EXPECT_EQ(server.peers.size(), 3u);
}

TEST_F(UplinkTest, AServerThatTalksOfServersWithoutEndIsBelievedUpToSixtyFour) {
  std::vector<std::string> ids;
  for (int i = 0; i < 200; ++i) ids.push_back("server-" + std::to_string(i));
  FakeServer server(*this, "tcp://lb", std::move(ids), "4294967295");
  start({"tcp://lb"});
  ASSERT_TRUE(until([&] { return server.peers.size() >= 16; }));
  settle();
  EXPECT_EQ(server.peers.size(), 16u) << "from here on it takes its time";
  for (int second = 0; second < 100; ++second) {
    shard_.deadlines().advance(2s);
    settle();
  }
  EXPECT_EQ(server.peers.size(), 64u);
}

TEST_F(UplinkTest, AnswersUnknownIdsInTheReferencesWords) {
  FakeServer server(*this, "tcp://lb", {"s1"});
  start();
  ASSERT_TRUE(until([&] { return servers() == 1; }));
  server.last().send_data(44, "who?");
  ASSERT_TRUE(until([&] { return server.last().count(CLOSE_RSP) == 1; }));
  EXPECT_EQ(server.last().heard(CLOSE_RSP).packet.closeresponse().error(), "unrecognized connectID");
  server.last().send(close_request(45));
  ASSERT_TRUE(until([&] { return server.last().count(CLOSE_RSP) == 2; }));
  EXPECT_EQ(server.last().heard(CLOSE_RSP).packet.closeresponse().error(), "Unknown connectID");
  EXPECT_EQ(server.last().heard(CLOSE_RSP).packet.closeresponse().connectid(), 45);
}

TEST_F(UplinkTest, DialsForAServerAndAnswersWithAFreshConnectId) {
  FakeServer server(*this, "tcp://lb", {"s1"});
  start();
  ASSERT_TRUE(until([&] { return servers() == 1; }));
  std::set<std::int64_t> ids;
  for (std::int64_t random = 1; random <= 3; ++random) {
    server.last().send(dial_request(random, "10.0.0.9:10250"));
    ASSERT_TRUE(until([&] { return dialer().dials.size() == static_cast<std::size_t>(random); }));
    dialer().dials.back()->succeed();
    ASSERT_TRUE(until([&] { return server.last().count(DIAL_RSP) == static_cast<std::size_t>(random); }));
    EXPECT_EQ(server.last().heard(DIAL_RSP).packet.dialresponse().random(), random);
    ids.insert(server.last().heard(DIAL_RSP).packet.dialresponse().connectid());
  }
  EXPECT_EQ(ids.size(), 3u);
  EXPECT_FALSE(ids.contains(0));
  server.last().vanish();
  pass(3s);
  ASSERT_TRUE(until([&] { return servers() == 1; }));
  server.last().send(dial_request(9, "10.0.0.9:10250"));
  dialer().at_once = true;
  ASSERT_TRUE(until([&] { return server.last().count(DIAL_RSP) == 1; }));
  EXPECT_FALSE(ids.contains(server.last().heard(DIAL_RSP).packet.dialresponse().connectid()))
      << "numbers go on over connections";
}

TEST_F(UplinkTest, TheEndpointsBytesFollowTheDialResponseAtOnce) {
  FakeServer server(*this, "tcp://lb", {"s1"});
  start();
  ASSERT_TRUE(until([&] { return servers() == 1; }));
  dialer().at_once = true;
  server.last().send(dial_request(1, "10.0.0.9:10250"));
  ASSERT_TRUE(until([&] { return dialer().dials.size() == 1 && dialer().dials[0]->spliced; }));
  StreamUser endpoint(shard_, std::move(dialer().dials[0]->spliced));
  endpoint.send("endpoint speaks first");
  ASSERT_TRUE(until([&] { return server.last().of().packets.size() == 2; }));
  EXPECT_EQ(server.last().of().packets[0].packet.type(), DIAL_RSP);
  endpoint.close();
  ASSERT_TRUE(until([&] { return server.last().count(CLOSE_RSP) == 1; }));
  EXPECT_EQ(server.last().of().received.begin()->second, "endpoint speaks first");
}

TEST_F(UplinkTest, ALostServersEndpointsAreClosedAndItsDialsCancelled) {
  FakeServer server(*this, "tcp://lb", {"s1"});
  start();
  ASSERT_TRUE(until([&] { return servers() == 1; }));
  server.last().send(dial_request(1, "10.0.0.9:10250"));
  ASSERT_TRUE(until([&] { return dialer().dials.size() == 1; }));
  dialer().dials[0]->succeed();
  ASSERT_TRUE(until([&] { return dialer().dials[0]->spliced != nullptr; }));
  StreamUser endpoint(shard_, std::move(dialer().dials[0]->spliced));
  server.last().send(dial_request(2, "10.0.0.9:10250"));
  ASSERT_TRUE(until([&] { return dialer().dials.size() == 2; }));
  server.last().vanish();
  EXPECT_TRUE(until([&] { return endpoint.closes() == 1 && dialer().dials[1]->cancelled; }));
}

TEST_F(UplinkTest, AServerThatHasNotGreetedYetIsLeftWhenItDrains) {
  FakeServer server(*this, "tcp://lb", {"s1"});
  server.answers = false;
  start();
  ASSERT_TRUE(until([&] { return server.peers.size() == 1 && !server.last().calls.empty(); }));
  RunningDrain running(*this);
  settle();
  if (!server.last().over) server.last().greet();
  EXPECT_TRUE(until([&] { return server.last().over; })) << "it would send dials, and has heard of no DRAIN";
}

TEST_F(UplinkTest, DrainTellsEveryServerAndConnectsToNoneAnyMore) {
  FakeServer server(*this, "tcp://lb", {"s1"});
  start();
  ASSERT_TRUE(until([&] { return servers() == 1; }));
  RunningDrain running(*this);
  for (int i = 0; i < 5; ++i) pass(20ms);
  EXPECT_TRUE(running.done);
  ASSERT_EQ(server.last().count(DRAIN), 1u);
  EXPECT_TRUE(server.last().heard(DRAIN).packet.has_drain());
  server.last().vanish();
  for (int i = 0; i < 5; ++i) pass(11s);
  EXPECT_EQ(server.peers.size(), 1u);
}

TEST_F(UplinkTest, DrainWaitsUntilTheLastTunnelsBytesHaveLeft) {
  FakeServer server(*this, "tcp://lb", {"s1"});
  start();
  ASSERT_TRUE(until([&] { return servers() == 1; }));
  dialer().at_once = true;
  server.last().consumes = false;
  server.last().send(dial_request(1, "10.0.0.9:10250"));
  ASSERT_TRUE(until([&] { return dialer().dials.size() == 1 && dialer().dials[0]->spliced; }));
  StreamUser endpoint(shard_, std::move(dialer().dials[0]->spliced));
  const std::string text = testkit::pattern(1'300'000);  // the server's window is 1 MiB
  endpoint.send(text);
  ASSERT_TRUE(until([&] { return endpoint.unsent() == 0; }));
  endpoint.close();
  RunningDrain drain(*this);
  for (int i = 0; i < 10; ++i) pass(20ms);
  EXPECT_FALSE(drain.done);
  server.last().consumes = true;
  server.last().connection().consume(server.last().last, server.last().of().withheld);
  for (int i = 0; i < 10; ++i) pass(20ms);
  EXPECT_TRUE(drain.done);
  EXPECT_TRUE(server.last().of().received.begin()->second == text);
  EXPECT_EQ(server.last().count(CLOSE_RSP), 1u);
}

/// Whoever connects gets a link that carries 100 kB a second, behind a buffer as the kernel's.
class SlowConnector final : public Connector {
 public:
  explicit SlowConnector(testkit::MemoryNetwork& network) : network_(network) {}
  awaitable<boost::system::result<Connection, Failure>> connect(Shard& shard, std::string url, TimePoint) override {
    auto connection = network_.connect(shard, url, network_.alpn);
    if (connection) {
      connection->stream =
          std::make_unique<test_support::SlowLink>(shard, std::move(connection->stream), 100'000, 1024 * 1024);
    }
    co_return connection;
  }

 private:
  testkit::MemoryNetwork& network_;
};

TEST_F(UplinkTest, DrainWaitsUntilTheServerHasTheLastBytes) {
  FakeServer server(*this, "tcp://lb", {"s1"});
  uplink_ = std::make_unique<UplinkStation>(shard_, network_, std::vector<std::string>{"tcp://lb"}, nodes::uplink(),
                                            std::make_shared<SlowConnector>(network_));
  for (int i = 0; i < 100 && servers() == 0; ++i) pass(20ms);
  ASSERT_EQ(servers(), 1);
  dialer().at_once = true;
  server.last().send(dial_request(1, "10.0.0.9:10250"));
  ASSERT_TRUE(until([&] { return dialer().dials.size() == 1 && dialer().dials[0]->spliced; }));
  StreamUser endpoint(shard_, std::move(dialer().dials[0]->spliced));
  const std::string text = testkit::pattern(500'000);
  endpoint.send(text);
  ASSERT_TRUE(until([&] { return endpoint.unsent() == 0; }));
  endpoint.close();
  RunningDrain drain(*this);
  for (int i = 0; i < 200; ++i) pass(20ms);
  EXPECT_FALSE(drain.done) << "the last second's bytes are still on their way";
  for (int i = 0; i < 200; ++i) pass(20ms);
  EXPECT_TRUE(drain.done);
  EXPECT_TRUE(server.last().of().received.begin()->second == text);
  EXPECT_EQ(server.last().count(CLOSE_RSP), 1u);
}

TEST_F(UplinkTest, EveryControlPacketCarriesItsPayload) {
  FakeServer server(*this, "tcp://lb", {"s1"});
  start();
  ASSERT_TRUE(until([&] { return servers() == 1; }));
  server.last().send(dial_request(0, "10.0.0.9:10250"));
  ASSERT_TRUE(until([&] { return dialer().dials.size() == 1; }));
  dialer().dials[0]->fail(DialErrc::refused, "connection refused");
  ASSERT_TRUE(until([&] { return server.last().count(DIAL_RSP) == 1; }));
  EXPECT_TRUE(server.last().heard(DIAL_RSP).packet.has_dialresponse());
  server.last().send(close_request(0));
  ASSERT_TRUE(until([&] { return server.last().count(CLOSE_RSP) == 1; }));
  EXPECT_TRUE(server.last().heard(CLOSE_RSP).packet.has_closeresponse());
}

}  // namespace
}  // namespace konduit::transport_grpc
