#include "lb-discovery/static_discovery.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/configuration.hpp"
#include "konduit/testkit/test_host.hpp"

namespace konduit::lb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class StaticDiscoveryTest : public ::testing::Test {
 protected:
  std::unique_ptr<StaticDiscovery> make(std::string_view servers, testkit::TestHost& host) {
    config::Problems problems;
    const auto node =
        config::read_text("{servers: " + std::string(servers) + ", default_port: 8091}", "s.yaml", problems);
    EXPECT_TRUE(problems.ok()) << problems.text();
    return std::make_unique<StaticDiscovery>(*node, host);
  }
  std::vector<std::string> servers(std::string_view list) {
    auto discovery = make(list, host_);
    EXPECT_THAT(host_.reports(), IsEmpty());
    return discovery->attach(attachment_)->servers();
  }
  std::string only_report(std::string_view list) {
    testkit::TestHost host(shard_);
    make(list, host);
    EXPECT_EQ(host.reports().size(), 1U) << list;
    return host.reports().empty() ? "" : host.reports().front().path + ": " + host.reports().front().what;
  }

  Shard shard_;
  testkit::TestHost host_{shard_, "static/lb"};
  testkit::TestAttachment attachment_{shard_};
};

TEST_F(StaticDiscoveryTest, AnswersUrlsInTheOrderOfTheDocument) {
  EXPECT_THAT(servers(R"(["b.example:1", a.example, "192.0.2.1:65535"])"),
              ElementsAre("tcp://b.example:1", "tcp://a.example:8091", "tcp://192.0.2.1:65535"));
}

TEST_F(StaticDiscoveryTest, PutsIpv6IntoBrackets) {
  EXPECT_THAT(servers(R"(["[fd00::1]:80", "[fd00::2]", "fd00::3"])"),
              ElementsAre("tcp://[fd00::1]:80", "tcp://[fd00::2]:8091", "tcp://[fd00::3]:8091"));
}

TEST_F(StaticDiscoveryTest, TakesUrlsAsTheyAre) {
  EXPECT_THAT(servers(R"(["uds:///run/server.sock"])"), ElementsAre("uds:///run/server.sock"));
}

TEST_F(StaticDiscoveryTest, KnowsNoCount) {
  auto discovery = make("[a]", host_);
  auto part = discovery->attach(attachment_);
  part->announced({"s1", 3});
  EXPECT_EQ(part->count(), std::nullopt);
}

TEST_F(StaticDiscoveryTest, ReportsEachWrongServerWhereItStands) {
  EXPECT_THAT(only_report(R"([a, "b:0"])"), HasSubstr("servers[1]: \":0\" is not a colon and a port in 1..65535"));
  EXPECT_THAT(only_report(R"(["b:70000"])"), HasSubstr(":70000"));
  EXPECT_THAT(only_report(R"(["b:000000210"])"), HasSubstr("\":000000210\" is not a colon and a port"));
  EXPECT_THAT(only_report(R"(["b:"])"), HasSubstr("is not a colon and a port"));
  EXPECT_THAT(only_report(R"([":80"])"), HasSubstr("is not host, host:port or a url"));
  EXPECT_THAT(only_report(R"(["a b"])"), HasSubstr("is not host, host:port or a url"));
  EXPECT_THAT(only_report(R"([""])"), HasSubstr("is not host, host:port or a url"));
  EXPECT_THAT(only_report(R"(["user@host"])"), HasSubstr("is not host, host:port or a url"));
  EXPECT_THAT(only_report(R"(["[host]:1"])"), HasSubstr("is not host, host:port or a url"));
  EXPECT_THAT(only_report(R"(["[fd00::1"])"), HasSubstr("bracket is not closed"));
  EXPECT_THAT(only_report(R"(["[fd00::1]80"])"), HasSubstr("is not a colon and a port"));
  EXPECT_THAT(only_report(R"(["tcp://"])"), HasSubstr("a scheme and an address"));
  EXPECT_THAT(only_report(R"([a, "a:8091"])"), HasSubstr("\"a:8091\" is in the list already"));
  EXPECT_THAT(only_report("[]"), HasSubstr("servers: at least one server is needed"));
}

TEST_F(StaticDiscoveryTest, IsMadeTwiceAndDestroyed) {
  auto first = make("[a]", host_);
  auto second = make("[b]", host_);
  auto part = first->attach(attachment_);
  first.reset();
  EXPECT_THAT(part->servers(), ElementsAre("tcp://a:8091"));
  EXPECT_THAT(second->attach(attachment_)->servers(), ElementsAre("tcp://b:8091"));
}

}  // namespace
}  // namespace konduit::lb
