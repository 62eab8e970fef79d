#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "proto/konnectivity.pb.h"
#include "transport-grpc/agent_greeting.hpp"
#include "transport-grpc/calls.hpp"
#include "transport-grpc/dial_words.hpp"
#include "transport-grpc/identifiers.hpp"
#include "transport-grpc/packets.hpp"
#include "transport-grpc/sync_pace.hpp"

namespace konduit::transport_grpc {
namespace {

using namespace std::chrono_literals;

TEST(DialWords, AreSortedIntoTheClassesThatFrontendsAnswerBy) {
  EXPECT_EQ(class_of("dial tcp 10.0.0.1:80: connect: connection refused", "10.0.0.1"), DialErrc::refused);
  EXPECT_EQ(class_of("dial tcp 10.0.0.1:80: i/o timeout", "10.0.0.1"), DialErrc::timeout);
  EXPECT_EQ(class_of("context deadline exceeded", "10.0.0.1"), DialErrc::timeout);
  EXPECT_EQ(class_of("dial tcp: lookup nowhere: no such host", "nowhere"), DialErrc::unresolvable);
  EXPECT_EQ(class_of("dial tcp: lookup nowhere: i/o timeout", "nowhere"), DialErrc::timeout);
  EXPECT_EQ(class_of("socket: too many open files", "10.0.0.1"), DialErrc::overloaded);
  EXPECT_EQ(class_of("dial tcp: lookup nowhere: too many lookups or too little memory", "nowhere"),
            DialErrc::overloaded);
  EXPECT_EQ(class_of("runtime.max_tunnels (3) are open", "10.0.0.1"), DialErrc::overloaded);
  EXPECT_EQ(class_of("a:443 is denied by acl/x: it says so", "a"), DialErrc::denied);
  EXPECT_EQ(class_of("something else", "10.0.0.1"), DialErrc::refused);
}

TEST(DialWords, OfTheTargetsNameChooseNoClass) {
  for (const std::string name : {"max_tunnels.example", "tunnels_per_agent", "read-timeout.example", "timeout",
                                 "deadline.timeout-max_tunnels.example", "max_tunnels.max_tunnels"}) {
    const std::string dial = "dial tcp: lookup " + name;
    EXPECT_EQ(class_of(dial + ": no such host", name), DialErrc::unresolvable) << name;
    EXPECT_EQ(class_of(dial + " on 10.96.0.10:53: server misbehaving", name), DialErrc::unresolvable) << name;
    EXPECT_EQ(class_of(dial + ": i/o timeout", name), DialErrc::timeout) << name;
    EXPECT_EQ(class_of(name + ":443 is denied by acl/x", name), DialErrc::denied) << name;
    EXPECT_EQ(class_of("every address of " + name + " is gone", name), DialErrc::refused) << name;
    EXPECT_EQ(class_of(name, name), DialErrc::refused) << name;
    EXPECT_EQ(class_of(dial + ": " + name + ": too many open files", name), DialErrc::overloaded) << name;
  }
}

TEST(DialWords, AreHeardBesideATargetThatContainsThem) {
  EXPECT_EQ(class_of("TLS handshake timeout", "timeout.example"), DialErrc::timeout);
  EXPECT_EQ(class_of("dial tcp: lookup a.timeout: the timeout passed", "a.timeout"), DialErrc::timeout);
  EXPECT_EQ(class_of("runtime.max_tunnels (3) are open", "max_tunnels.example"), DialErrc::overloaded);
}

TEST(DialWords, SayExactlyNoAgentAvailableWhereThereIsNone) {
  EXPECT_EQ(words_of({DialErrc::no_route, true, "agents/main has nobody"}), "No agent available");
  EXPECT_EQ(words_of({DialErrc::refused, false, "connection refused"}), "connection refused");
  EXPECT_FALSE(words_of({DialErrc::timeout, false, ""}).empty());
}

TEST(DialWords, OfPeersAreShortenedBetweenCharacters) {
  EXPECT_EQ(shortened("short", 5), "short");
  EXPECT_EQ(shortened("longer", 4), "long");
  EXPECT_EQ(shortened("sch\xC3\xB6n", 4), "sch") << "half a character is no UTF-8";
  EXPECT_EQ(shortened("sch\xC3\xB6n", 5), "sch\xC3\xB6");
  EXPECT_EQ(shortened("\xE2\x82\xAC", 2), "");
}

TEST(DialWords, OfDialsThatFailedAreNoLongerThanAPacketMayBe) {
  const std::string endless(5'000'000, 'x');
  EXPECT_LE(dial_failure(7, endless).ByteSizeLong(), 5'000u);
  EXPECT_LE(close_response(7, endless).ByteSizeLong(), 5'000u);
}

TEST(AgentIdentifiers, GoThroughAQueryStringAndBack) {
  const Identifiers identifiers{{"ipv4", "10.0.0.1"}, {"ipv4", "10.0.0.2"}, {"host", "node 1&x=y"}};
  const std::string query = encode_identifiers(identifiers);
  EXPECT_EQ(query, "host=node+1%26x%3Dy&ipv4=10.0.0.1&ipv4=10.0.0.2");
  EXPECT_EQ(parse_identifiers(query), identifiers);
}

TEST(AgentIdentifiers, TakeWhatGoTakesAndRefuseWhatItRefuses) {
  EXPECT_TRUE(parse_identifiers("")->empty());
  EXPECT_EQ(parse_identifiers("&&ipv6=fd00%3a%3A1&")->find("ipv6")->second, "fd00::1");
  EXPECT_EQ(parse_identifiers("default-route")->find("default-route")->second, "");
  EXPECT_FALSE(parse_identifiers("host=%zz"));
  EXPECT_FALSE(parse_identifiers("host=%a"));
  EXPECT_FALSE(parse_identifiers("ipv4=1.2.3.4;host=x"));
}

http2::Headers greeting(std::initializer_list<http2::Header> fields) { return http2::Headers(fields); }

TEST(AgentGreeting, NeedsExactlyOneAgentIdAndAtMostOneListOfIdentifiers) {
  EXPECT_FALSE(read_greeting(greeting({{"agentidentifiers", ""}})));
  EXPECT_FALSE(read_greeting(greeting({{"agentid", ""}})));
  EXPECT_FALSE(read_greeting(greeting({{"agentid", "a"}, {"agentid", "b"}})));
  EXPECT_FALSE(read_greeting(greeting({{"agentid", std::string(257, 'a')}})));
  EXPECT_TRUE(read_greeting(greeting({{"agentid", std::string(256, 'a')}})));
  EXPECT_FALSE(read_greeting(greeting({{"agentid", "a"}, {"agentidentifiers", ""}, {"agentidentifiers", ""}})));
  const auto read = read_greeting(greeting({{"agentid", "a"}, {"agentidentifiers", "ipv4=10.0.0.1"}}));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->agent_id, "a");
  EXPECT_EQ(read->identifiers, "ipv4=10.0.0.1");
}

TEST(AgentGreeting, TakesATokenOnlyWhereThereIsOne) {
  EXPECT_EQ(read_greeting(greeting({{"agentid", "a"}, {"authorization", "Bearer t0ken"}}))->token, "t0ken");
  EXPECT_EQ(read_greeting(greeting({{"agentid", "a"}, {"authorization", "Basic x"}}))->token, "");
  const auto two =
      read_greeting(greeting({{"agentid", "a"}, {"authorization", "Bearer x"}, {"authorization", "Bearer y"}}));
  EXPECT_EQ(two->token, "");
}

std::string refusal(std::string_view path) {
  const auto refused = kProxy.refuse(http2::grpc_request("http", "x", path));
  return refused ? http2::grpc_end(*refused).message : "";
}

TEST(Calls, NameWhatIsUnknownInTheWordsOfGrpcGo) {
  EXPECT_EQ(refusal("/ProxyService/Proxy"), "");
  EXPECT_EQ(refusal("/AgentService/Connect"), "unknown service AgentService");
  EXPECT_EQ(refusal("/ProxyService/Other"), "unknown method Other for service ProxyService");
  EXPECT_EQ(refusal("/nothing"), "malformed method name: \"/nothing\"");
}

TEST(SyncPace, GrowsWithFailuresUpToTheCapAndStartsAnew) {
  SyncPace pace(1s, 3s);
  EXPECT_EQ(pace.after_failure(0), 1s);
  EXPECT_EQ(pace.after_failure(0), 1500ms);
  EXPECT_EQ(pace.after_failure(0), 2250ms);
  EXPECT_EQ(pace.after_failure(0), 3s);
  EXPECT_EQ(pace.after_failure(0), 3s);
  EXPECT_EQ(pace.after_success(0), 1s);
  EXPECT_EQ(pace.after_failure(0.5), 1050ms);
}

}  // namespace
}  // namespace konduit::transport_grpc
