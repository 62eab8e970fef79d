#include "lb-discovery/zone_selector.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agents.hpp"
#include "config/configuration.hpp"
#include "konduit/testkit/test_host.hpp"

namespace konduit::lb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

AgentPtr agent_from(std::string id, std::string address) {
  auto agent = std::make_shared<Agent>();
  agent->id = std::move(id);
  agent->peer.address = std::move(address);
  return agent;
}

AgentPtr agent_in(std::string id, std::string zone) { return agent_with(std::move(id), {{"zone", std::move(zone)}}); }

class ZoneSelectorTest : public ::testing::Test {
 protected:
  std::unique_ptr<ZoneSelector> make(std::string_view yaml) {
    config::Problems problems;
    const auto node = config::read_text(yaml, "zone.yaml", problems);
    EXPECT_TRUE(problems.ok()) << problems.text();
    return std::make_unique<ZoneSelector>(*node, host_);
  }
  std::unique_ptr<const AgentIndex> index(std::string_view yaml, const std::vector<AgentPtr>& agents) {
    const auto selector = make(yaml);
    EXPECT_THAT(host_.reports(), IsEmpty());
    return selector->attach(attachment_)->build(agents);
  }

  Shard shard_;
  testkit::TestHost host_{shard_, "zone/z"};
  testkit::TestAttachment attachment_{shard_};
};

TEST_F(ZoneSelectorTest, PicksAnAgentOfTheZoneOfTheDocument) {
  const std::vector<AgentPtr> agents{agent_in("a", "east"), agent_in("b", "west"), agent_with("c")};
  const auto west = index("{zone: west}", agents);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(west->pick({}, {}), agents[1]);
  EXPECT_EQ(west->size(), 1U);
  EXPECT_EQ(west->pick({}, std::vector{agents[1]}), nullptr);
}

TEST_F(ZoneSelectorTest, LetsADialSayAnotherZone) {
  const std::vector<AgentPtr> agents{agent_in("a", "east"), agent_in("b", "west")};
  const auto west = index("{zone: west}", agents);
  DialRequest request;
  request.attributes["zone"] = "east";
  EXPECT_EQ(west->pick(request, {}), agents[0]);
  request.attributes["zone"] = "nowhere";
  EXPECT_EQ(west->pick(request, {}), nullptr);
}

TEST_F(ZoneSelectorTest, LeavesDialsToTheNextSelectorWhereNoAgentIsInTheZone) {
  const auto none = index("{zone: west}", {agent_in("a", "east")});
  EXPECT_FALSE(none->has_agents());
  EXPECT_EQ(none->pick({}, {}), nullptr);
}

TEST_F(ZoneSelectorTest, PicksForDialsAloneWhereTheDocumentNamesNoZone) {
  const std::vector<AgentPtr> agents{agent_in("a", "east"), agent_in("b", "west")};
  const auto any = index("{zone: \"\"}", agents);
  EXPECT_EQ(any->size(), 2U);
  EXPECT_EQ(any->pick({}, {}), nullptr);
  DialRequest request;
  request.attributes["zone"] = "west";
  EXPECT_EQ(any->pick(request, {}), agents[1]);
}

TEST_F(ZoneSelectorTest, TellsStockAgentsByWhereTheyConnectFrom) {
  const std::vector<AgentPtr> agents{
      agent_from("a", "tcp://10.1.2.3:40000"),    agent_from("b", "tcp://10.2.2.3:40000"),
      agent_from("c", "tcp://[fd00:1::7]:40000"), agent_from("d", "uds://"),
      agent_from("e", "tcp://192.0.2.1:1"),       agent_from("f", "tcp://10.3.0.1:1")};
  constexpr const char* kYaml =
      R"({zone: ZONE, agents: [{zone: west, networks: ["10.1.0.0/16", "fd00:1::/64", "10.3.0.1"]},
                                   {zone: east, networks: ["10.0.0.0/8"]}]})";
  const auto in = [&](const std::string& zone) {
    std::string yaml = kYaml;
    yaml.replace(yaml.find("ZONE"), 4, zone);
    return index(yaml, agents);
  };
  EXPECT_EQ(in("west")->size(), 3U);
  EXPECT_EQ(in("east")->pick({}, {}), agents[1]);
}

TEST_F(ZoneSelectorTest, BelievesWhatAnAgentSaysOfItself) {
  auto agent = std::make_shared<Agent>();
  agent->id = "a";
  agent->peer.address = "tcp://10.1.2.3:40000";
  agent->identifiers.emplace("zone", "east");
  const auto west = index(R"({zone: west, agents: [{zone: west, networks: ["10.1.0.0/16"]}]})", {agent});
  EXPECT_FALSE(west->has_agents());
}

TEST_F(ZoneSelectorTest, ReportsWhatIsNoNetwork) {
  make(R"({zone: a, agents: [{zone: a, networks: ["10.1.0.0/16", "10.1.2.3/16", there]}, {zone: "", networks: []}]})");
  std::vector<std::string> said;
  for (const auto& report : host_.reports()) said.push_back(report.path + ": " + report.what);
  EXPECT_THAT(said,
              ElementsAre("agents[0].networks[1]: \"10.1.2.3/16\" is no network: there are bits behind the prefix; "
                          "write 10.1.0.0/16, or 10.1.2.3 for this address alone",
                          "agents[0].networks[2]: \"there\" is no network: \"there\" is not an IP address",
                          HasSubstr("agents[1].zone: is empty")));
}

}  // namespace
}  // namespace konduit::lb
