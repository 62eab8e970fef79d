// What konduit says of plugins, documents and surroundings with which it cannot start, and that it leaves nothing
// behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <filesystem>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

#include "support/certificates.hpp"
#include "support/konduit_process.hpp"
#include "support/peer.hpp"
#include "support/temp_directory.hpp"

namespace konduit::programs {
namespace {

namespace fs = std::filesystem;
using test_support::Outcome;
using test_support::outcome_of_konduit;
using ::testing::HasSubstr;

constexpr int kFailed = 1;
constexpr int kConfiguration = 78;

/// One wrong thing. In both texts @ stands for the test's folder and PORT for a port in use.
struct Fault {
  const char* name;
  std::string text;
  std::vector<std::string> lines;  // what is said, a line each, and nothing else
};

void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }

std::string name_of(const ::testing::TestParamInfo<Fault>& fault) { return fault.param.name; }

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

class Refusal : public ::testing::TestWithParam<Fault> {
 protected:
  std::string filled(const std::string& text) const {
    return replaced(replaced(text, "@", folder_.path()), "PORT", in_use_.target());
  }
  std::string write_document(const std::string& text) const { return folder_.write("document.yaml", filled(text)); }

  void expect_refusal(const Outcome& outcome, int status) const {
    EXPECT_EQ(outcome.status, status);
    const auto lines = lines_of(outcome.output);
    ASSERT_EQ(lines.size(), GetParam().lines.size()) << outcome.output;
    for (std::size_t i = 0; i < lines.size(); ++i) EXPECT_THAT(lines[i], HasSubstr(filled(GetParam().lines[i])));
  }
  Outcome run(const std::string& document) const {
    return outcome_of_konduit({"run", document, "--ready-file", folder_.file("ready")});
  }

  const test_support::TempDirectory folder_;
  const test_support::Endpoint in_use_;
};

/// A socket file that nobody listens on: whoever listens there replaces it.
ino_t leave_socket_file(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const socket::FileDescriptor bound(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::bind(bound.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  struct stat made{};
  EXPECT_EQ(::lstat(path.c_str(), &made), 0);
  return made.st_ino;
}

/// Refused before anything is touched, by both commands in the same words.
class NothingStarts : public Refusal {
 protected:
  void expect_nothing_starts(const std::string& text) {
    const std::string document = write_document(text);
    const ino_t before = leave_socket_file(folder_.file("good.sock"));
    expect_refusal(outcome_of_konduit({"validate", document}), kConfiguration);
    expect_refusal(run(document), kConfiguration);
    struct stat after{};
    ASSERT_EQ(::lstat(folder_.file("good.sock").c_str(), &after), 0) << "somebody listened, and removed the file";
    EXPECT_EQ(after.st_ino, before) << "somebody listens";
    EXPECT_FALSE(fs::exists(folder_.file("ready")));
  }
};

constexpr const char* kGood = R"(apiVersion: konduit/v1
frontends: {http-connect/good: {listen: {url: "uds://@/good.sock"}}}
backends: {direct/node: {}}
pipelines: {main: {frontends: [http-connect/good], backend: direct/node}}
)";

using Plugin = NothingStarts;

TEST_P(Plugin, IsNamedWithTheReasonAndNothingStarts) {
  const std::string copy = folder_.file("plugin.so");
  fs::copy_file(fs::path(LOADER_FIXTURES) / (std::string("fixture-") + GetParam().text + ".so"), copy);
  ASSERT_EQ(::chmod(copy.c_str(), 0644), 0);
  expect_nothing_starts(std::string(kGood) + "plugins: {search: [" KONDUIT_PLUGINS "], load: [{path: " + copy +
                        "}]}\n");
}

INSTANTIATE_TEST_SUITE_P(
    Refused, Plugin,
    ::testing::Values(Fault{"AnotherMajor", "newer-major", {"@/plugin.so: error: sdk is 99."}},
                      Fault{"ANewerMinor", "newer-minor", {"@/plugin.so: error: sdk is "}},
                      Fault{"AnotherFingerprint", "other-fingerprint", {"@/plugin.so: error: boost is 9_99"}},
                      Fault{"NoDescriptor", "no-descriptor", {"@/plugin.so: error: it does not export konduit_plugin"}},
                      Fault{"ALyingNote", "lying-note", {"@/plugin.so: error: boost is "}}),
    name_of);

using Document = NothingStarts;

TEST_P(Document, IsRefusedWithEveryErrorAndNothingStarts) { expect_nothing_starts(GetParam().text); }

const std::string kLongName(150, 'x');

INSTANTIATE_TEST_SUITE_P(
    Refused, Document,
    ::testing::Values(
        Fault{"AnUnknownKey",
              std::string(kGood) + "runtime: {shard: 2}\n",
              {"@/document.yaml:5:11: error: runtime.shard: unknown key; did you mean \"shards\"?"}},
        Fault{"AWrongType",
              std::string(kGood) + "runtime: {shards: many}\n",
              {"@/document.yaml:5:19: error: runtime.shards: must be an integer, found \"many\""}},
        Fault{"SeveralErrors",
              std::string(kGood) + "runtime: {shards: many, drain_timeout: soon}\nfilters: {acl/a: {denny: []}}\n",
              {"@/document.yaml:5:19: error: runtime.shards: must be an integer",
               "@/document.yaml:5:40: error: runtime.drain_timeout: must be a duration",
               "@/document.yaml:6:19: error: filters.acl/a.denny: unknown key; did you mean \"deny\"?"}},
        Fault{"AKeyThatStandsTwice",
              std::string(kGood) + "backends: {direct/other: {}}\n",
              {"@/document.yaml:5:1: error: backends: the key stands twice in one map; the first is on line 3"}},
        Fault{
            "TwoListenersOnOneUrl",
            std::string(kGood) + "telemetry: {health: {listen: {url: \"uds://@/good.sock\"}}}\n",
            {"@/document.yaml:5:36: error: telemetry.health.listen.url: frontends.http-connect/good.listen.url listens "
             "on \"uds://@/good.sock\" already"}},
        Fault{"AMissingComponent",
              replaced(kGood, "backend: direct/node", "backend: direct/nodes"),
              {"@/document.yaml:4:61: error: pipelines.main.backend: the document has no backend \"direct/nodes\"; did "
               "you mean \"direct/node\"?"}},
        Fault{"ALongSocketName",
              replaced(kGood, "good.sock", kLongName),
              {"@/document.yaml:2:47: error: frontends.http-connect/good.listen.url: "}},
        Fault{"NoYaml", "apiVersion: [", {"@/document.yaml:"}}),
    name_of);

/// The document is right and the machine is not: told when it starts, and what was taken until then is given back.
class Surroundings : public Refusal {
 protected:
  Surroundings() {
    const test_support::Authority authority;
    const auto one = authority.issue_server();
    folder_.write("one.pem", one.certificate);
    folder_.write("one.key", one.key);
    folder_.write("other.key", authority.issue_server().key);
    folder_.write("garbage.key", "garbage");
    fs::create_directory(folder_.file("folder.key"));
    folder_.write("regular.sock", "a regular file");
  }
};

TEST_P(Surroundings, AreToldOnceAndWhatWasBoundIsReleased) {
  const std::string document = write_document(GetParam().text);
  const Outcome validated = outcome_of_konduit({"validate", document});
  EXPECT_EQ(validated.output, "valid\n");
  EXPECT_EQ(validated.status, 0);
  expect_refusal(run(document), kFailed);
  EXPECT_FALSE(fs::exists(folder_.file("good.sock")));
  EXPECT_FALSE(fs::exists(folder_.file("ready")));
  EXPECT_TRUE(fs::is_regular_file(folder_.file("regular.sock")));
}

/// A frontend that comes up, and a wrong one behind it.
std::string with_listener(const std::string& listen) {
  return R"(apiVersion: konduit/v1
frontends:
  http-connect/good: {listen: {url: "uds://@/good.sock"}}
  http-connect/wrong: {listen: )" +
         listen + R"(}
backends: {direct/node: {}}
pipelines: {main: {frontends: [http-connect/good, http-connect/wrong], backend: direct/node}}
)";
}

std::string with_tls(const std::string& cert, const std::string& key) {
  return with_listener("{url: \"tcp://127.0.0.1:0\", tls: {cert: @/" + cert + ", key: @/" + key + "}}");
}

const std::string kWrong = "@/document.yaml:4:3: error: frontends.http-connect/wrong: ";

INSTANTIATE_TEST_SUITE_P(
    Refused, Surroundings,
    ::testing::Values(
        Fault{"AMissingCertificate",
              with_tls("none.pem", "one.key"),
              {kWrong + "cannot read certificate file @/none.pem: No such file or directory"}},
        Fault{"AGarbageKey", with_tls("one.pem", "garbage.key"), {kWrong + "key file @/garbage.key holds no"}},
        Fault{"AKeyThatIsAFolder",
              with_tls("one.pem", "folder.key"),
              {kWrong + "cannot read key file @/folder.key: Is a directory"}},
        Fault{"AKeyOfAnother", with_tls("one.pem", "other.key"), {kWrong + "key file @/other.key does not"}},
        Fault{"APortInUse",
              with_listener("{url: \"tcp://PORT\"}"),
              {kWrong + "cannot listen on tcp://PORT: the address is in use"}},
        Fault{"ARegularFile",
              with_listener("{url: \"uds://@/regular.sock\"}"),
              {kWrong + "cannot listen on uds://@/regular.sock: the file exists and is not a socket"}},
        Fault{"AMissingFolder",
              with_listener("{url: \"uds://@/none/x.sock\"}"),
              {kWrong + "cannot listen on uds://@/none/x.sock: the directory @/none/ does not exist"}},
        Fault{"SeveralAtOnce",
              with_tls("none.pem", "one.key") + "telemetry: {health: {listen: {url: \"tcp://PORT\"}}}\n",
              {kWrong + "cannot read certificate file @/none.pem",
               "@/document.yaml:7:30: error: telemetry.health.listen: cannot listen on tcp://PORT"}},
        Fault{"AHealthPortInUse",
              std::string(kGood) + "telemetry: {health: {listen: {url: \"tcp://PORT\"}}}\n",
              {"@/document.yaml:5:30: error: telemetry.health.listen: cannot listen on tcp://PORT: the address is"}}),
    name_of);

TEST(ReadyFile, InAMissingFolderIsToldAndNothingStaysBound) {
  const test_support::TempDirectory folder;
  const std::string file = folder.write("document.yaml", replaced(kGood, "@", folder.path()));
  const std::string ready = folder.file("none/ready");
  const Outcome outcome = outcome_of_konduit({"run", file, "--ready-file", ready});
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_EQ(outcome.output, ready + ": error: cannot write the ready file: No such file or directory\n");
  EXPECT_FALSE(fs::exists(folder.file("good.sock")));
}

}  // namespace
}  // namespace konduit::programs
