// Commands that tell about documents and plugins, with the program's own plugins.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "support/konduit_process.hpp"
#include "support/program.hpp"
#include "support/temp_directory.hpp"

namespace konduit::programs {
namespace {

using test_support::konduit_program;
using test_support::outcome_of_konduit;
using test_support::Program;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr int kFailed = 1;
constexpr int kUsage = 64;
constexpr int kConfiguration = 78;

class Commands : public ::testing::Test {
 protected:
  /// A forward proxy, with `more` behind it.
  std::string document(const std::string& name, const std::string& more = "") const {
    return folder_.write(name, R"(apiVersion: konduit/v1
frontends: {http-connect/in: {listen: {url: "uds://)" +
                                   folder_.path() + R"(/in.sock"}}}
filters: {acl/metadata: {deny: ["169.254.0.0/16", "*.internal"]}}
backends:
  direct/out: {}
  http-connect/up: {url: "tcp://proxy.example:3128", username: me, password: hush}
pipelines: {main: {frontends: [http-connect/in], filters: [acl/metadata], backend: direct/out}}
)" + more);
  }

  const test_support::TempDirectory folder_;
};

TEST_F(Commands, GraphDrawsInThreeNotations) {
  const std::string file = document("a.yaml");
  const auto drawn = [&](const char* format) {
    const auto outcome = outcome_of_konduit({"graph", file, "--format", format});
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    return outcome.output;
  };
  EXPECT_THAT(drawn("mermaid"), AllOf(HasSubstr("flowchart LR"), HasSubstr("<b>acl/metadata</b>")));
  EXPECT_THAT(drawn("dot"), AllOf(HasSubstr("digraph konduit"), HasSubstr("label=\"direct/out")));
  EXPECT_THAT(drawn("svg"), AllOf(HasSubstr("<svg xmlns="), HasSubstr(">http-connect/in</text>"), HasSubstr("</svg>")));
  EXPECT_EQ(outcome_of_konduit({"graph", file, "--format", "png"}).status, kUsage);
}

TEST_F(Commands, ExplainShowsOriginsAndHidesSecrets) {
  const auto outcome = outcome_of_konduit({"explain", document("a.yaml")});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.output, HasSubstr("shards: 1  # default"));
  EXPECT_THAT(outcome.output, HasSubstr("password: \"(hidden)\""));
  EXPECT_THAT(outcome.output, Not(HasSubstr("hush")));
}

TEST_F(Commands, DiffSaysWhatAReloadWouldDo) {
  const std::string older = document("a.yaml");
  const auto same = outcome_of_konduit({"diff", older, older});
  EXPECT_EQ(same.status, 0) << same.output;
  const auto other = outcome_of_konduit({"diff", older, document("b.yaml", "runtime: {idle_timeout: 1h}\n")});
  EXPECT_EQ(other.status, kFailed);
  EXPECT_THAT(other.output, HasSubstr("~ pipelines.main\n    runtime.idle_timeout has changed\n"));
}

TEST_F(Commands, TestRehearsesDialsWithoutASocket) {
  const std::string good = document("good.yaml", R"(tests:
  a service is reached: {frontend: http-connect/in, dial: "10.0.0.1:443", expect: direct/out}
  no metadata: {frontend: http-connect/in, dial: "169.254.169.254:80", expect: denied, says: "169.254.169.254"}
  not by a name: {frontend: http-connect/in, dial: "meta.example:80", resolves: ["169.254.169.254"], expect: denied}
)");
  const auto passed = outcome_of_konduit({"test", good});
  EXPECT_EQ(passed.status, 0) << passed.output;
  EXPECT_THAT(passed.output, HasSubstr("3 of 3 dials came as expected"));
  EXPECT_FALSE(std::filesystem::exists(folder_.file("in.sock")));

  const std::string wrong = document("wrong.yaml", R"(tests:
  no metadata: {frontend: http-connect/in, dial: "169.254.169.254:80", expect: direct/out}
)");
  const auto failed = outcome_of_konduit({"test", wrong});
  EXPECT_EQ(failed.status, kFailed);
  EXPECT_THAT(failed.output,
              HasSubstr("wrong.yaml:9:3: error: tests.no metadata: expected \"direct/out\", but it came to "
                        "\"denied\""));
  EXPECT_THAT(failed.output, HasSubstr("0 of 1 dials came as expected"));
}

TEST_F(Commands, TestTriesNoDialOfADocumentThatAComponentRefuses) {
  const auto outcome_with = [&](const std::string& tests) {
    return outcome_of_konduit({"test", folder_.write("a.yaml", R"(apiVersion: konduit/v1
frontends: {http-connect/in: {listen: {url: "tcp://127.0.0.1:0"}}}
filters: {acl/odd: {deny: ["10.0.0.1/8"]}}
backends: {direct/out: {}}
pipelines: {main: {frontends: [http-connect/in], filters: [acl/odd], backend: direct/out}}
)" + tests)});
  };
  for (const char* tests :
       {"", "tests: {x: {frontend: http-connect/in, dial: \"10.0.0.1:443\", expect: direct/out}}\n"}) {
    const auto outcome = outcome_with(tests);
    EXPECT_EQ(outcome.status, kConfiguration);
    EXPECT_THAT(outcome.output, AllOf(HasSubstr("a.yaml:3:28: error: "), Not(HasSubstr("dials came as expected"))));
  }
}

TEST_F(Commands, TestOpensNoFile) {
  const std::string file = folder_.write("audited.yaml", R"(apiVersion: konduit/v1
frontends: {http-connect/in: {listen: {url: "tcp://127.0.0.1:0"}}}
filters: {audit/all: {file: ")" + folder_.file("audit.jsonl") +
                                                             R"("}, limits/all: {tunnels: 1}}
backends: {direct/out: {}}
pipelines: {main: {frontends: [http-connect/in], filters: [audit/all, limits/all], backend: direct/out}}
telemetry: {log: {file: ")" + folder_.file("konduit.log") + R"("}}
tests: {a service is reached: {frontend: http-connect/in, dial: "10.0.0.1:443", expect: direct/out}}
)");
  const auto outcome = outcome_of_konduit({"test", file});
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("1 of 1 dials came as expected"));
  EXPECT_FALSE(std::filesystem::exists(folder_.file("audit.jsonl")));
  EXPECT_FALSE(std::filesystem::exists(folder_.file("konduit.log")));
}

TEST_F(Commands, TestRefusesWhatNoDialCanComeTo) {
  const auto outcome = outcome_of_konduit(
      {"test",
       document("a.yaml", "tests: {x: {frontend: http-connect/in, dial: nowhere, expect: denid, resolves: [a]}}\n")});
  EXPECT_EQ(outcome.status, kConfiguration);
  EXPECT_THAT(outcome.output, HasSubstr("must be host:port, found \"nowhere\""));
  EXPECT_THAT(outcome.output, HasSubstr("must be a backend or a failure, found \"denid\"; did you mean \"denied\"?"));
  EXPECT_THAT(outcome.output, HasSubstr("must be an IP address, found \"a\""));
}

TEST_F(Commands, ValidateProvisionsWhereItIsAskedTo) {
  const std::string file = document("a.yaml");
  EXPECT_EQ(outcome_of_konduit({"validate", "--provision", file}).status, 0);
  EXPECT_FALSE(std::filesystem::exists(folder_.file("in.sock"))) << "and leaves nothing behind";
  const std::string bad = document("b.yaml", "telemetry: {admin: {listen: {url: \"tcp://192.0.2.1:1\"}}}\n");
  EXPECT_EQ(outcome_of_konduit({"validate", bad}).status, 0);
  EXPECT_EQ(outcome_of_konduit({"validate", "--provision", bad}).status, kFailed);
}

TEST_F(Commands, DocsAndSchemaKnowEveryComponent) {
  const auto components = outcome_of_konduit({"components"});
  const auto docs = outcome_of_konduit({"docs"});
  const auto schema = outcome_of_konduit({"schema"});
  EXPECT_EQ(docs.status, 0);
  EXPECT_EQ(schema.status, 0);
  EXPECT_THAT(schema.output, StartsWith("{"));
  for (const char* type : {"http-connect", "agents", "uplink", "acl", "token-review", "lease"}) {
    EXPECT_THAT(components.output, HasSubstr(type));
    EXPECT_THAT(docs.output, HasSubstr("`" + std::string(type) + "`"));
    EXPECT_THAT(schema.output, HasSubstr("^" + std::string(type) + "/"));
  }
  EXPECT_THAT(outcome_of_konduit({"docs", "acl"}).output, StartsWith("### filter `acl`\n"));
  EXPECT_EQ(outcome_of_konduit({"docs", "alc"}).status, kUsage);
}

TEST_F(Commands, InspectTellsOfAPluginAndSurvivesOneThatCrashes) {
  const auto inspect = [&](const std::string& name) {
    const std::string copy = folder_.file(name + ".so");
    std::filesystem::copy_file(std::filesystem::path(LOADER_FIXTURES) / ("fixture-" + name + ".so"), copy);
    std::filesystem::permissions(copy, std::filesystem::perms(0644));
    return outcome_of_konduit({"plugin", "inspect", copy});
  };
  const auto good = inspect("good");
  EXPECT_EQ(good.status, 0);
  EXPECT_THAT(good.output, AllOf(HasSubstr("plugin       fixture-good 1.2.3"), HasSubstr("filter       pass")));
  const auto crashing = inspect("crashing");
  EXPECT_EQ(crashing.status, kConfiguration);
  EXPECT_THAT(crashing.output, HasSubstr("crashing.so: error: it crashed while it was loaded (Aborted)"));
  EXPECT_EQ(inspect("newer-major").status, kConfiguration);
}

TEST_F(Commands, CompletionCompletesInBash) {
  const auto completed = [](const std::string& words, int at) {
    Program bash({"/bin/bash", "-c",
                  "source <(" + konduit_program() + " completion bash); COMP_WORDS=(" + words +
                      "); COMP_CWORD=" + std::to_string(at) + "; _konduit; echo \"${COMPREPLY[@]}\""});
    EXPECT_EQ(bash.exit_status(), 0);
    return bash.output();
  };
  EXPECT_EQ(completed("konduit gr", 1), "graph\n");
  EXPECT_EQ(completed("konduit plugin ins", 2), "inspect\n");
  EXPECT_EQ(completed("konduit validate --prov", 2), "--provision\n");
  EXPECT_THAT(outcome_of_konduit({"completion", "zsh"}).output, StartsWith("#compdef konduit\n"));
  EXPECT_EQ(outcome_of_konduit({"completion", "fish"}).status, kUsage);
}

TEST_F(Commands, NeverColourWhatGoesIntoAFile) {
  const auto outcome = outcome_of_konduit({"validate", document("a.yaml", "runtim: {}\n")});
  EXPECT_THAT(outcome.output, AllOf(HasSubstr(": error: runtim: unknown key"), Not(HasSubstr("\x1b"))));
}

}  // namespace
}  // namespace konduit::programs
