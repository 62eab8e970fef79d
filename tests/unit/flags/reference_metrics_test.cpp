// The table of the reference's metrics (reference_metrics.txt) against what the profiles' documents export.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "flags/exports.hpp"

namespace konduit::flags {
namespace {

/// "type labels description" by name.
using Table = std::map<std::string, std::string>;

Table table_of(const std::string& wanted) {
  std::ifstream file(KONDUIT_REFERENCE_METRICS);
  Table table;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string program;
    std::string name;
    words >> program >> name >> std::ws;
    std::string rest;
    std::getline(words, rest);
    if (program == wanted) table["konnectivity_network_proxy_" + program + "_" + name] = rest;
  }
  return table;
}

/// The labels that the series of an export have.
std::string labels_of(const config::Node& exported) {
  std::set<std::string> names;
  for (const config::Node& source : exported["from"].items()) {
    for (const std::string& kept : source["keep"].texts()) names.insert(kept.substr(kept.find('=') + 1));
    for (const std::string& set : source["set"].texts()) names.insert(set.substr(0, set.find('=')));
  }
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text.empty() ? "-" : text;
}

Table exported_by(const config::Node& exports) {
  Table table;
  for (const config::Node& one : exports.items()) {
    table[one["name"].text()] = one["type"].text() + " " + labels_of(one) + " " + one["help"].text();
  }
  return table;
}

TEST(ReferenceMetrics, OfTheServerAreExported) {
  const std::vector<std::pair<std::string, std::string>> strategies{{"default", "any/default"}};
  EXPECT_EQ(exported_by(server_exports(strategies)), table_of("server"));
}

TEST(ReferenceMetrics, OfTheAgentAreExported) { EXPECT_EQ(exported_by(agent_exports()), table_of("agent")); }

TEST(ReferenceMetrics, CountAgentsForTheStrategiesInUse) {
  const std::vector<std::pair<std::string, std::string>> strategies{{"destHost", "dest-host/dest-host"},
                                                                    {"default", "any/default"}};
  const config::Node exports = server_exports(strategies);
  const config::Node& last = exports.items().back();
  ASSERT_EQ(last["from"].items().size(), 2U);
  EXPECT_THAT(last["from"].items()[0]["where"].texts(), ::testing::ElementsAre("selector=dest-host/dest-host"));
  EXPECT_THAT(last["from"].items()[0]["set"].texts(), ::testing::ElementsAre("proxy_strategy=destHost"));
}

TEST(ReferenceMetrics, AreAllInTheTable) {
  EXPECT_EQ(table_of("server").size(), 18U);
  EXPECT_EQ(table_of("agent").size(), 11U);
}

}  // namespace
}  // namespace konduit::flags
