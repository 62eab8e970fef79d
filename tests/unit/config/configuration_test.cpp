#include "config/configuration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/emitter.hpp"
#include "support/temp_directory.hpp"
#include "unit/config/fake_catalog.hpp"

namespace konduit::config {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kServer = R"(apiVersion: konduit/v1
plugins: {search: [/usr/lib/konduit/plugins]}
frontends:
  grpc/kas:          {listen: {url: "uds:///run/konnectivity/server.sock", mode: "0770"}}
  http-connect/ops:  {listen: {url: "tcp://0.0.0.0:8090", tls: {cert: a, key: b, client_ca: c}}, authenticator: mtls/ops}
authenticators:
  mtls/ops: {}
  token-review/agents: {namespace: kube-system, service_account: konnectivity-agent, audience: "system:konnectivity-server"}
selectors: {dest-host/d: {}, any/a: {}}
backends:
  agents/main: {listen: {url: "tcp://0.0.0.0:8091", tls: {cert: a, key: b}}, authenticator: token-review/agents, selectors: [dest-host/d, any/a], server_id: "${env:PROXY_SERVER_ID:-s1}", server_count: 3}
filters: {acl/cluster: {deny: ["169.254.0.0/16"]}}
pipelines:
  cluster: {frontends: [grpc/kas, http-connect/ops], filters: [acl/cluster], backend: agents/main}
telemetry: {admin: {listen: {url: "tcp://127.0.0.1:8095"}}, health: {listen: {url: "tcp://0.0.0.0:8092"}}}
runtime: {shards: 1, drain_timeout: 25s}
)";

constexpr const char* kAgent = R"(apiVersion: konduit/v1
discovery: {static/lb: {servers: ["konnectivity.example:8091"]}, headers/count: {}}
frontends: {uplink/cp: {servers: static/lb, count: headers/count, tls: {ca: x}, token_file: t, identifiers: {ipv4: ["${env:HOST_IP:-1.2.3.4}"]}, sync: {interval: 2s}}}
backends: {direct/node: {dial_timeout: 5s}}
pipelines: {serve: {frontends: [uplink/cp], backend: direct/node}}
)";

class Configured : public ::testing::Test {
 protected:
  std::optional<Configuration> configured(std::string_view text) {
    auto document = read_text(text, "f.yaml", problems_);
    if (!document) return std::nullopt;
    return configure(*document, catalog_, &catalog_, problems_);
  }

  testing::FakeCatalog catalog_;
  Problems problems_;
};

TEST_F(Configured, ServerIsReadAsItStands) {
  auto configuration = configured(kServer);
  ASSERT_TRUE(configuration) << problems_.text();
  EXPECT_EQ(problems_.text(), "");

  ASSERT_EQ(configuration->pipelines.size(), 1u);
  const PipelineConfig& pipeline = configuration->pipelines[0];
  EXPECT_EQ(pipeline.name, "cluster");
  EXPECT_THAT(pipeline.frontends, ElementsAre("grpc/kas", "http-connect/ops"));
  EXPECT_THAT(pipeline.filters, ElementsAre("acl/cluster"));
  EXPECT_EQ(pipeline.backend, "agents/main");
  EXPECT_EQ(pipeline.mark.line, 14u);

  const ComponentConfig* agents = configuration->find(ComponentKind::backend, "agents/main");
  ASSERT_NE(agents, nullptr);
  EXPECT_EQ(agents->type, "agents");
  EXPECT_EQ(agents->descriptor, catalog_.find(ComponentKind::backend, "agents"));
  EXPECT_EQ(agents->node["server_count"].integer(), 3);
  EXPECT_EQ(agents->node["server_id"].text(), "s1");
  EXPECT_EQ(agents->node["server_id"].origin(), Origin::environment);
  EXPECT_THAT(agents->node["selectors"].texts(), ElementsAre("dest-host/d", "any/a"));
  EXPECT_EQ(agents->node["listen"]["tls"]["cert"].text(), "a");
}

TEST_F(Configured, DependenciesAreNamedAndComeFirst) {
  auto configuration = configured(kServer);
  ASSERT_TRUE(configuration) << problems_.text();
  const ComponentConfig* agents = configuration->find(ComponentKind::backend, "agents/main");
  EXPECT_THAT(agents->dependencies, ElementsAre(ComponentKey{ComponentKind::authenticator, "token-review/agents"},
                                                ComponentKey{ComponentKind::selector, "dest-host/d"},
                                                ComponentKey{ComponentKind::selector, "any/a"}));
  for (const ComponentConfig& component : configuration->components) {
    for (const ComponentKey& key : component.dependencies) {
      EXPECT_LT(configuration->find(key.kind, key.id), &component) << component.id << " before " << key.id;
    }
  }
  EXPECT_EQ(configuration->components.size(), 8u);
}

TEST_F(Configured, EveryFieldIsThereWithItsDefaultOrNull) {
  auto configuration = configured(kAgent);
  ASSERT_TRUE(configuration) << problems_.text();
  EXPECT_EQ(problems_.text(), "");
  const Node& uplink = configuration->find(ComponentKind::frontend, "uplink/cp")->node;
  EXPECT_EQ(uplink["sync"]["interval"].duration(), 2s);
  EXPECT_EQ(uplink["sync"]["interval"].origin(), Origin::file);
  EXPECT_EQ(uplink["sync"]["cap"].duration(), 10s);
  EXPECT_EQ(uplink["sync"]["cap"].origin(), Origin::component_default);
  EXPECT_EQ(uplink["sync"]["cap"].path(), "frontends.uplink/cp.sync.cap");
  EXPECT_EQ(uplink["sync"]["cap"].mark().line, 3u);
  EXPECT_TRUE(uplink.has("via"));
  EXPECT_TRUE(uplink["via"].is_null());
  EXPECT_THAT(uplink["identifiers"]["ipv4"].texts(), ElementsAre("1.2.3.4"));
  EXPECT_TRUE(uplink["identifiers"]["host"].is_null());
}

TEST_F(Configured, TransportOptionsStandBesideTheUrl) {
  auto configuration = configured(kServer);
  ASSERT_TRUE(configuration) << problems_.text();
  const Node& listen = configuration->find(ComponentKind::frontend, "grpc/kas")->node["listen"];
  EXPECT_EQ(listen["mode"].text(), "0770");
  EXPECT_TRUE(listen["delete_existing"].boolean());
  EXPECT_EQ(listen["delete_existing"].origin(), Origin::component_default);
  EXPECT_TRUE(listen["tls"].is_null());
  EXPECT_FALSE(configuration->telemetry.admin["listen"].has("mode"));
}

TEST_F(Configured, CoreSettingsHaveDefaults) {
  auto configuration = configured(kAgent);
  ASSERT_TRUE(configuration);
  EXPECT_EQ(configuration->runtime.shards, 1u);
  EXPECT_EQ(configuration->runtime.busy_poll, 500us);
  EXPECT_EQ(configuration->runtime.drain_timeout, 25s);
  EXPECT_EQ(configuration->runtime.half_closed_grace, 5s);
  EXPECT_EQ(configuration->telemetry.log_level, LogLevel::info);
  EXPECT_EQ(configuration->telemetry.log_format, LogFormat::text);
  EXPECT_TRUE(configuration->telemetry.admin.is_null());
  EXPECT_TRUE(configuration->telemetry.health.is_null());
}

TEST_F(Configured, CoreSettingsAreRead) {
  auto configuration =
      configured(std::string(kAgent) +
                 "runtime: {shards: 2, busy_poll: 0s, drain_timeout: 1m, half_closed_grace: 0s}\n"
                 "telemetry: {log: {level: debug, format: json}, health: {listen: {url: \"tcp://:1\"}}}\n");
  ASSERT_TRUE(configuration) << problems_.text();
  EXPECT_EQ(configuration->runtime.shards, 2u);
  EXPECT_EQ(configuration->runtime.busy_poll, 0s);
  EXPECT_EQ(configuration->runtime.drain_timeout, 1min);
  EXPECT_EQ(configuration->runtime.half_closed_grace, 0s);
  EXPECT_EQ(configuration->telemetry.log_level, LogLevel::debug);
  EXPECT_EQ(configuration->telemetry.log_format, LogFormat::json);
  EXPECT_EQ(configuration->telemetry.health["listen"]["url"].text(), "tcp://:1");
}

TEST_F(Configured, ComponentsMayShareAnIdAcrossKinds) {
  auto configuration = configured(R"(apiVersion: konduit/v1
frontends: {http-connect/x: {listen: {url: "tcp://localhost:1"}}}
backends: {http-connect/x: {proxy: {url: "tcp://proxy:1", via: direct/d}, password: "${env:PATH}"}, direct/d: }
pipelines: {p: {frontends: [http-connect/x], backend: http-connect/x}}
)");
  ASSERT_TRUE(configuration) << problems_.text();
  EXPECT_NE(configuration->find(ComponentKind::frontend, "http-connect/x"),
            configuration->find(ComponentKind::backend, "http-connect/x"));
  const ComponentConfig* backend = configuration->find(ComponentKind::backend, "http-connect/x");
  EXPECT_THAT(backend->dependencies, ElementsAre(ComponentKey{ComponentKind::backend, "direct/d"}));
  EXPECT_TRUE(backend->node["password"].secret());
  EXPECT_THAT(emit(configuration->document), HasSubstr("password: \"(hidden)\""));
}

TEST_F(Configured, UnusedComponentsAreWarnings) {
  auto configuration = configured(std::string(kAgent) + "filters:\n  acl/a: {}\nselectors:\n  any/a:\n");
  ASSERT_TRUE(configuration);
  EXPECT_EQ(problems_.text(),
            "f.yaml:7:3: warning: filters.acl/a: no pipeline uses it\n"
            "f.yaml:9:3: warning: selectors.any/a: no pipeline uses it\n");
  EXPECT_TRUE(problems_.ok());
}

TEST_F(Configured, EffectiveDocumentIsADocumentWithTheSameMeaning) {
  for (const char* text : {kServer, kAgent}) {
    auto first = configured(text);
    ASSERT_TRUE(first) << problems_.text();
    std::string printed = emit(first->document);
    auto second = configured(printed);
    ASSERT_TRUE(second) << printed << problems_.text();
    EXPECT_EQ(emit(second->document), printed);
  }
}

TEST_F(Configured, PluginsAreReadBeforeAnyCatalog) {
  std::string digest(64, 'a');
  auto document =
      read_text("plugins: {search: [/a, /b], load: [{path: /c.so, sha256: " + digest + "}, {path: /d.so}]}\n", "f.yaml",
                problems_);
  ASSERT_TRUE(document);
  PluginsConfig plugins = read_plugins(*document, problems_);
  EXPECT_EQ(problems_.text(), "");
  EXPECT_THAT(plugins.search, ElementsAre("/a", "/b"));
  EXPECT_FALSE(plugins.own);
  ASSERT_EQ(plugins.load.size(), 2u);
  EXPECT_EQ(plugins.load[0].path, "/c.so");
  EXPECT_EQ(plugins.load[0].sha256, digest);
  EXPECT_EQ(plugins.load[0].mark.column, 36u);
  EXPECT_EQ(plugins.load[1].sha256, "");
}

TEST_F(Configured, SinglePluginsComeBesidesTheProgramsOwn) {
  const auto document = read_text("plugins: {load: [{path: /c.so}]}\n", "f.yaml", problems_);
  ASSERT_TRUE(document);
  EXPECT_TRUE(read_plugins(*document, problems_).own);
  const auto none = read_text("plugins: {search: [], load: [{path: /c.so}]}\n", "f.yaml", problems_);
  ASSERT_TRUE(none);
  EXPECT_FALSE(read_plugins(*none, problems_).own);
}

TEST_F(Configured, PluginsAreOptional) {
  auto document = read_text("a: b\n", "f.yaml", problems_);
  ASSERT_TRUE(document);
  PluginsConfig plugins = read_plugins(*document, problems_);
  EXPECT_TRUE(plugins.search.empty());
  EXPECT_TRUE(plugins.load.empty());
  EXPECT_TRUE(problems_.empty());
}

TEST_F(Configured, PluginsAreCheckedOnce) {
  std::string text = std::string(kAgent) + "plugins: {serch: []}\n";
  auto document = read_text(text, "f.yaml", problems_);
  ASSERT_TRUE(document);
  read_plugins(*document, problems_);
  EXPECT_FALSE(configure(*document, catalog_, &catalog_, problems_));
  EXPECT_EQ(problems_.text(), "f.yaml:6:11: error: plugins.serch: unknown key; did you mean \"search\"?\n");
}

TEST_F(Configured, FileThatCannotBeReadIsReported) {
  EXPECT_FALSE(read_file("/nonexistent/konduit.yaml", problems_));
  EXPECT_FALSE(read_file("/", problems_));
  EXPECT_EQ(problems_.text(),
            "/: error: cannot be read: it is a folder\n"
            "/nonexistent/konduit.yaml: error: cannot be read: No such file or directory\n");
}

TEST_F(Configured, FileIsReadWhole) {
  const test_support::TempDirectory folder;
  const std::string file = folder.write("k.yaml", kAgent);
  auto document = read_file(file, problems_);
  ASSERT_TRUE(document) << problems_.text();
  EXPECT_EQ(*document->mark().file, file);
  EXPECT_TRUE(configure(*document, catalog_, &catalog_, problems_)) << problems_.text();
}

}  // namespace
}  // namespace konduit::config
