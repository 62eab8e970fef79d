#include "config/changes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "unit/config/configured.hpp"

namespace konduit::config {
namespace {

using testing::configured;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr const char* kDocument = R"(apiVersion: konduit/v1
frontends:
  grpc/kas: {listen: {url: "uds:///run/server.sock"}}
  http-connect/ops: {listen: {url: "tcp://0.0.0.0:8090", tls: {cert: a, key: b}}, authenticator: mtls/ops}
authenticators: {mtls/ops: {}}
selectors: {any/a: {}}
backends:
  agents/main: {listen: {url: "tcp://0.0.0.0:8091", tls: {cert: a, key: b}}, selectors: [any/a], server_count: 3}
filters: {acl/cluster: {deny: ["169.254.0.0/16"]}}
pipelines:
  kas: {frontends: [grpc/kas], backend: agents/main}
  ops: {frontends: [http-connect/ops], filters: [acl/cluster], backend: agents/main}
runtime: {drain_timeout: 25s}
)";

/// The document with one text in another's place.
std::string with(const std::string& what, const std::string& instead) {
  std::string text = kDocument;
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), instead);
}

std::vector<std::string> fates(const std::vector<Change>& changes) {
  std::vector<std::string> all;
  for (const Change& change : changes) {
    if (change.fate != Fate::kept) all.push_back(change.name + " " + std::string(to_string(change.fate)));
  }
  return all;
}

Changes against(const std::string& newer) { return {configured(kDocument), configured(newer)}; }

TEST(Changes, KeepEverythingOfAnEqualDocument) {
  const Changes changes = against(kDocument);
  EXPECT_TRUE(changes.none());
  EXPECT_TRUE(changes.keeps(ComponentKind::backend, "agents/main"));
  EXPECT_TRUE(changes.keeps_pipeline("ops"));
  EXPECT_THAT(changes.at_restart(), IsEmpty());
}

TEST(Changes, KeepWhatOnlyLooksDifferent) {
  EXPECT_TRUE(against(with("server_count: 3}", "\"server_count\": 3}  # three")).none());
  EXPECT_TRUE(against(with("selectors: [any/a], server_count: 3", "server_count: 3, selectors: [any/a]")).none());
}

TEST(Changes, OfAFilterReachItsPipelineAndWhatFeedsIt) {
  const Changes changes = against(with("169.254.0.0/16", "10.0.0.0/8"));
  EXPECT_THAT(fates(changes.components()),
              UnorderedElementsAre("filters.acl/cluster changed", "frontends.http-connect/ops changed"));
  EXPECT_THAT(fates(changes.pipelines()), ElementsAre("pipelines.ops changed"));
  EXPECT_TRUE(changes.keeps(ComponentKind::frontend, "grpc/kas"));
  EXPECT_TRUE(changes.keeps(ComponentKind::backend, "agents/main"));
}

TEST(Changes, SayWhatDiffersAndWhy) {
  const Changes changes = against(with("0.0.0.0:8090", "127.0.0.1:8090"));
  const auto changed = std::find_if(changes.components().begin(), changes.components().end(),
                                    [](const Change& change) { return change.fate == Fate::changed; });
  ASSERT_NE(changed, changes.components().end());
  EXPECT_EQ(changed->name, "frontends.http-connect/ops");
  ASSERT_EQ(changed->differences.size(), 1u);
  EXPECT_EQ(changed->differences[0].path, "frontends.http-connect/ops.listen.url");
  EXPECT_EQ(changed->differences[0].before, "\"tcp://0.0.0.0:8090\"");
  EXPECT_EQ(changed->differences[0].after, "\"tcp://127.0.0.1:8090\"");

  const Changes filter = against(with("169.254.0.0/16", "10.0.0.0/8"));
  EXPECT_THAT(filter.pipelines()[1].because, ElementsAre("filters.acl/cluster is made anew"));
  const auto of_pipeline = [](const Change& change) {
    return change.because == std::vector<std::string>{"pipelines.ops is made anew"};
  };
  EXPECT_EQ(std::count_if(filter.components().begin(), filter.components().end(), of_pipeline), 1);
}

TEST(Changes, OfAFrontendReachTheOthersOfItsPipeline) {
  std::string one = kDocument;
  const auto merged = [&](const std::string& text) {
    std::string all = text;
    const std::string two =
        "  kas: {frontends: [grpc/kas], backend: agents/main}\n  ops: {frontends: [http-connect/ops], ";
    return all.replace(all.find(two), two.size(), "  ops: {frontends: [grpc/kas, http-connect/ops], ");
  };
  const Changes changes(configured(merged(one)), configured(merged(with("0.0.0.0:8090", "127.0.0.1:8090"))));
  EXPECT_THAT(fates(changes.components()),
              ElementsAre("frontends.grpc/kas changed", "frontends.http-connect/ops changed"));
  EXPECT_TRUE(changes.keeps(ComponentKind::filter, "acl/cluster"));
}

TEST(Changes, OfAReferenceReachWhoeverNamesIt) {
  const Changes selectors = against(with("selectors: [any/a], ", "selectors: [any/a, any/a], "));
  EXPECT_THAT(fates(selectors.components()),
              UnorderedElementsAre("backends.agents/main changed", "frontends.grpc/kas changed",
                                   "frontends.http-connect/ops changed"));
}

TEST(Changes, NameWhatHasGone) {
  std::string newer = with("  kas: {frontends: [grpc/kas], backend: agents/main}\n", "");
  const std::string frontend = "  grpc/kas: {listen: {url: \"uds:///run/server.sock\"}}\n";
  newer.erase(newer.find(frontend), frontend.size());
  const Changes changes = against(newer);
  EXPECT_THAT(fates(changes.components()), ElementsAre("frontends.grpc/kas removed"));
  EXPECT_THAT(fates(changes.pipelines()), ElementsAre("pipelines.kas removed"));
}

TEST(Changes, OfAPipelinesPatienceReachAllPipelines) {
  const Changes changes = against(with("drain_timeout: 25s", "idle_timeout: 5m"));
  EXPECT_THAT(fates(changes.pipelines()), ElementsAre("pipelines.kas changed", "pipelines.ops changed"));
  EXPECT_TRUE(changes.keeps(ComponentKind::backend, "agents/main"));
  EXPECT_THAT(changes.at_restart(), IsEmpty());
}

TEST(Changes, KeepForARestartWhatAProcessHasOnce) {
  const Changes changes = against(with("drain_timeout: 25s", "drain_timeout: 5s, shards: 2"));
  EXPECT_TRUE(changes.none());
  ASSERT_EQ(changes.at_restart().size(), 1u);
  EXPECT_EQ(changes.at_restart()[0].path, "runtime.shards");
}

TEST(Differences, HideSecrets) {
  Node before = Node::scalar("old");
  Node after = Node::scalar("new");
  before.set_secret(true);
  after.set_secret(true);
  const auto all = differences(before, after);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].before, "\"(hidden)\"");
  EXPECT_EQ(all[0].after, "\"(hidden)\"");
}

}  // namespace
}  // namespace konduit::config
