#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "agents_fixture.hpp"

namespace konduit::transport_grpc {
namespace {

using namespace std::chrono_literals;
using testkit::StreamUser;

using AgentsTest = AgentsFixture;

TEST_F(AgentsTest, GreetsAnAgentWithItsIdAndCountAsInitialHeaders) {
  auto agent = join();
  EXPECT_EQ(agent->of().head->get("serverid"), "server-1");
  EXPECT_EQ(agent->of().head->count("serverid"), 1u);
  EXPECT_EQ(agent->of().head->get("servercount"), "1");
  EXPECT_EQ(agent->of().head->get("content-type"), "application/grpc");
  EXPECT_TRUE(station_->host.health("agents").ready);
}

TEST_F(AgentsTest, IsNotReadyWithoutAgents) {
  EXPECT_FALSE(station_->host.health("agents").ready);
  EXPECT_EQ(station_->host.health("agents").reason, "no connection to any proxy agent");
  auto agent = join();
  agent->vanish();
  EXPECT_TRUE(until([&] { return !station_->host.health("agents").ready; }));
}

TEST_F(AgentsTest, AnnouncesItsIdToTheRegistrar) {
  EXPECT_TRUE(station_->registrar.announced.empty()) << "none is named";
  config::Node node = nodes::agents();
  node.add("registrar", nodes::text("noted/r"));
  station_.reset();
  station_ = std::make_unique<AgentsStation>(shard_, node);
  EXPECT_EQ(station_->registrar.announced, std::vector<std::string>{"server-1"});
}

TEST_F(AgentsTest, RefusesAnAgentWithoutAName) {
  auto agent = connect();
  agent->call("/AgentService/Connect");
  ASSERT_TRUE(until([&] { return agent->of().end.has_value(); }));
  EXPECT_EQ(agent->of().end->status, http2::GrpcStatus::invalid_argument);
}

TEST_F(AgentsTest, AnswersOtherServicesWithUnimplemented) {
  auto agent = connect();
  agent->call("/ProxyService/Proxy");
  ASSERT_TRUE(until([&] { return agent->of().end.has_value(); }));
  EXPECT_EQ(agent->of().end->status, http2::GrpcStatus::unimplemented);
  EXPECT_EQ(agent->of().end->message, "unknown service ProxyService");
}

TEST_F(AgentsTest, LetsInWhoHasTheTokenAndNobodyElse) {
  station_.reset();
  station_ = std::make_unique<AgentsStation>(shard_, nodes::agents("tcp://agents", "token/t"));
  auto good = connect();
  good->call("/AgentService/Connect", {{"agentid", "a"}, {"authorization", "Bearer good"}});
  ASSERT_TRUE(until([&] { return good->of().head.has_value(); }));
  EXPECT_FALSE(good->of().end);
  auto bad = connect();
  bad->call("/AgentService/Connect", {{"agentid", "b"}, {"authorization", "Bearer bad"}});
  ASSERT_TRUE(until([&] { return bad->of().end.has_value(); }));
  EXPECT_EQ(bad->of().end->status, http2::GrpcStatus::unauthenticated);
  EXPECT_EQ(station_->host.log().text().find("Bearer"), std::string::npos);
}

TEST_F(AgentsTest, AnAuthenticatorThatThrowsIsAnsweredFor) {
  station_.reset();
  station_ = std::make_unique<AgentsStation>(shard_, nodes::agents("tcp://agents", "token/t"));
  auto agent = connect();
  agent->call("/AgentService/Connect", {{"agentid", "a"}, {"authorization", "Bearer bomb"}});
  ASSERT_TRUE(until([&] { return agent->of().end.has_value(); }));
  EXPECT_EQ(agent->of().end->status, http2::GrpcStatus::unavailable);
  EXPECT_EQ(agent->of().end->message.find("a defect"), std::string::npos);
  EXPECT_NE(station_->host.log().text().find("a defect"), std::string::npos);
}

TEST_F(AgentsTest, AnAgentThatGoesOrSpeaksWhileItIsAuthenticatedDoesNoHarm) {
  station_.reset();
  station_ = std::make_unique<AgentsStation>(shard_, nodes::agents("tcp://agents", "token/t"));
  station_->check.may_answer.clear();
  auto gone = connect();
  gone->call("/AgentService/Connect", {{"agentid", "a"}, {"authorization", "Bearer good"}});
  gone->send_data(7, "too early");
  gone->send(dial_success(1, 7));
  settle();
  gone->vanish();
  auto slow = connect();
  slow->call("/AgentService/Connect", {{"agentid", "b"}, {"authorization", "Bearer good"}});
  slow->send_data(7, "too early");
  settle();
  EXPECT_TRUE(slow->of().packets.empty());
  station_->check.may_answer.set();
  EXPECT_TRUE(until([&] { return slow->of().head.has_value(); }));
  EXPECT_EQ(station_->host.metrics().gauged("konduit_agents_connected"), 1);
}

TEST_F(AgentsTest, AuthenticationThatTakesTooLongIsRefused) {
  station_.reset();
  shard_.deadlines().fake_clock();
  station_ = std::make_unique<AgentsStation>(shard_, nodes::agents("tcp://agents", "token/t"));
  station_->check.may_answer.clear();
  auto agent = connect();
  agent->call("/AgentService/Connect", {{"agentid", "a"}, {"authorization", "Bearer good"}});
  settle();
  shard_.deadlines().advance(11s);
  ASSERT_TRUE(until([&] { return agent->of().end.has_value(); }));
  EXPECT_EQ(agent->of().end->status, http2::GrpcStatus::unavailable);
  station_->check.may_answer.set();
  settle();
}

TEST_F(AgentsTest, WithoutAgentsADialFailsWithTheReferencesWords) {
  RunningDial dial(shard_, *station_->part, request_for(shard_));
  ASSERT_TRUE(until([&] { return dial.done(); }));
  EXPECT_EQ(dial.result->error().code, DialErrc::no_route);
  EXPECT_EQ(dial.result->error().text, "No agent available");
}

TEST_F(AgentsTest, AsksForTcpAndTheTarget) {
  auto agent = join();
  auto running = dial(*agent);
  const auto& request = agent->heard(DIAL_REQ).packet.dialrequest();
  EXPECT_EQ(request.protocol(), "tcp");
  EXPECT_EQ(request.address(), "10.0.0.1:443");
}

TEST_F(AgentsTest, PendingDialsGoToAnotherAgentWhenTheirsIsLost) {
  auto first = join("node-1");
  auto second = join("node-2");
  auto running = dial(*first);
  first->vanish();
  ASSERT_TRUE(until([&] { return second->count(DIAL_REQ) == 1; }));
  second->send(dial_success(random(*second), 1));
  ASSERT_TRUE(until([&] { return running->done(); }));
  EXPECT_TRUE(*running->result);
}

TEST_F(AgentsTest, PendingDialsFailAtOnceWhenTheOnlyAgentIsLost) {
  auto agent = join();
  auto running = dial(*agent);
  agent->vanish();
  ASSERT_TRUE(until([&] { return running->done(); }));
  EXPECT_EQ(running->result->error().code, DialErrc::peer_gone);
}

TEST_F(AgentsTest, AgentsAndTunnelsGoOnWithAnotherGeneration) {
  auto agent = join();
  auto before = tunnel(*agent, 1);
  AgentsBackend newer(nodes::agents(), station_->host);
  testkit::await(shard_, newer.prepare());
  auto part = newer.attach(station_->attachment);
  testkit::await(shard_, part->start());
  testkit::await(shard_, station_->part->drain(shard_.now() + 1h));
  testkit::await(shard_, station_->part->stop());
  station_->part.reset();

  before->send("still there");
  ASSERT_TRUE(until([&] { return agent->count(DATA) == 1; }));
  EXPECT_EQ(agent->heard(DATA).packet.data().data(), "still there");
  RunningDial dial(shard_, *part, request_for(shard_));
  ASSERT_TRUE(until([&] { return agent->count(DIAL_REQ) == 2; }));
  EXPECT_FALSE(agent->of().end);

  before.reset();
  testkit::await(shard_, part->stop());
  EXPECT_TRUE(until([&] { return dial.done(); })) << "the last one takes the agents with it";
  EXPECT_EQ(station_->host.metrics().gauged("konduit_agents_connected"), 0);
}

TEST_F(AgentsTest, ADrainingAgentIsMarked) {
  auto first = join("node-1");
  auto second = join("node-2");
  first->send(drain());
  ASSERT_TRUE(until([&] { return station_->host.log().has("draining"); }));
  auto running = dial(*second);
  EXPECT_EQ(first->count(DIAL_REQ), 0u);
}

TEST_F(AgentsTest, AnAnswerThatMatchesNoDialIsClosed) {
  auto agent = join();
  auto running = dial(*agent);
  const std::int64_t asked = random(*agent);
  running->cancel();
  ASSERT_TRUE(until([&] { return agent->count(DIAL_CLS) == 1; }));
  EXPECT_EQ(agent->heard(DIAL_CLS).packet.closedial().random(), asked);
  agent->send(dial_success(asked, 77));
  ASSERT_TRUE(until([&] { return agent->count(CLOSE_REQ) == 1; }));
  EXPECT_EQ(agent->heard(CLOSE_REQ).packet.closerequest().connectid(), 77);
}

TEST_F(AgentsTest, AnAnswerWithAConnectIdInUseOrZeroFailsItsDialAndNothingElse) {
  auto agent = join();
  auto first = tunnel(*agent, 5);
  first->receive();
  for (const std::int64_t id : {std::int64_t{5}, std::int64_t{0}}) {
    auto running = dial(*agent);
    agent->send(dial_success(random(*agent), id));
    ASSERT_TRUE(until([&] { return running->done(); }));
    EXPECT_FALSE(*running->result);
  }
  agent->send_data(5, "mine");
  EXPECT_TRUE(until([&] { return first->received() == "mine"; }));
  EXPECT_EQ(agent->count(CLOSE_REQ), 0u);
}

TEST_F(AgentsTest, TwoAgentsMayHandOutEqualConnectIds) {
  auto one = join("node-1");
  auto first = tunnel(*one, 1);
  auto two = join("node-2");
  one->send(drain());
  ASSERT_TRUE(until([&] { return station_->host.log().has("draining"); }));
  auto second = tunnel(*two, 1);
  first->receive();
  second->receive();
  one->send_data(1, "from one");
  two->send_data(1, "from two");
  EXPECT_TRUE(until([&] { return first->received() == "from one" && second->received() == "from two"; }));
  two->send(close_response(1, ""));
  ASSERT_TRUE(until([&] { return second->read_end().failed(); }));
  EXPECT_FALSE(first->read_end().failed());
}

TEST_F(AgentsTest, OneAgentCannotAnswerTheDialOfAnother) {
  auto first = join("node-1");
  auto second = join("node-2");
  auto running = dial(*first);
  second->send(dial_success(random(*first), 9));
  ASSERT_TRUE(until([&] { return second->count(CLOSE_REQ) == 1; }));
  EXPECT_FALSE(running->done());
}

TEST_F(AgentsTest, DataForNobodyIsAnsweredWithAClose) {
  auto agent = join();
  agent->send_data(99, "who?");
  agent->send_data(0, "nobody");
  ASSERT_TRUE(until([&] { return agent->count(CLOSE_REQ) == 1; }));
  EXPECT_EQ(agent->heard(CLOSE_REQ).packet.closerequest().connectid(), 99);
  settle();
  EXPECT_EQ(agent->count(CLOSE_REQ), 1u);
}

TEST_F(AgentsTest, DataForATunnelThatIsBeingClosedIsDroppedQuietly) {
  auto agent = join();
  auto user = tunnel(*agent, 3);
  user->destroy();
  ASSERT_TRUE(until([&] { return agent->count(CLOSE_REQ) == 1; }));
  agent->send_data(3, "late");
  settle();
  EXPECT_EQ(agent->count(CLOSE_REQ), 1u);
  agent->send(close_response(3, ""));
  settle();
  auto again = tunnel(*agent, 3);
  again->receive();
  agent->send_data(3, "anew");
  EXPECT_TRUE(until([&] { return again->received() == "anew"; }));
}

TEST_F(AgentsTest, AnEmptyDataIsNoEndAndIsNotPassedOn) {
  auto agent = join();
  auto user = tunnel(*agent, 3);
  user->receive();
  ::Packet empty;
  empty.set_type(DATA);
  empty.mutable_data()->set_connectid(3);
  agent->send(empty);
  agent->send_data(3, "bytes");
  EXPECT_TRUE(until([&] { return user->received() == "bytes"; }));
  EXPECT_FALSE(user->read_end().failed());
}

TEST_F(AgentsTest, BytesInFrontOfACloseAreDeliveredAndTheCloseIsConfirmedOnlyOnce) {
  auto agent = join();
  auto user = tunnel(*agent, 3);
  agent->send_data(3, "all");
  agent->send(close_response(3, ""));
  agent->send(close_response(3, ""));
  ASSERT_TRUE(until([&] { return user->closes() == 1; }));
  user->receive();
  ASSERT_TRUE(until([&] { return user->read_end().failed(); }));
  EXPECT_EQ(user->received(), "all");
  EXPECT_TRUE(end_of_stream(user->read_end()));
  user->close();
  settle();
  EXPECT_EQ(agent->count(CLOSE_REQ), 0u);
}

TEST_F(AgentsTest, GarbageEndsThatAgentsStreamAlone) {
  auto bad = join("node-1");
  auto good = join("node-2");
  std::string message("\0\0\0\0\x04\xff\xff\xff\xff", 9);
  bad->push(std::string_view(message));
  ASSERT_TRUE(until([&] { return bad->of().end.has_value(); }));
  EXPECT_EQ(bad->of().end->status, http2::GrpcStatus::internal);
  auto running = dial(*good);
}

TEST_F(AgentsTest, AMessageBeyondTheLimitIsResourceExhausted) {
  auto agent = join();
  std::string message("\0\x7f\0\0\0", 5);
  agent->push(std::string_view(message));
  ASSERT_TRUE(until([&] { return agent->of().end.has_value(); }));
  EXPECT_EQ(agent->of().end->status, http2::GrpcStatus::resource_exhausted);
}

TEST_F(AgentsTest, AnAgentThatOnlyAsksAndNeverReadsGetsNoMemory) {
  http2::Settings narrow;
  narrow.stream_window = 65'535;
  auto agent = std::make_unique<RawPeer>(shard_, station_->connect(), http2::Role::client, narrow);
  agent->call("/AgentService/Connect", {{"agentid", "flooder"}});
  ASSERT_TRUE(until([&] { return agent->of().head.has_value(); }));
  agent->consumes = false;
  for (int round = 0; round < 400; ++round) {
    for (int i = 0; i < 500; ++i) agent->send_data(1'000'000 + i, "x");
    shard_.run_turn(Duration::zero());
  }
  settle();
  EXPECT_LT(shard_.pool().in_use(), 64u * 1024 * 1024);
  EXPECT_LT(station_->host.metrics().counted("konduit_grpc_packets_total",
                                             {{"direction", "sent"}, {"packet_type", "CLOSE_REQ"}}),
            150'000u);
}

TEST(AgentsConfiguration, RefusesToLetAnybodyBeAnAgentUnlessToldTo) {
  Shard shard;
  testkit::TestHost host(shard);
  config::Node node = nodes::agents();
  for (auto& entry : node.entries()) {
    if (entry.key == "allow_unauthenticated") entry.value = nodes::text("false");
  }
  AgentsBackend backend(node, host);
  ASSERT_EQ(host.reports().size(), 1u);
  EXPECT_NE(host.reports()[0].what.find("anybody"), std::string::npos);
}

}  // namespace
}  // namespace konduit::transport_grpc
