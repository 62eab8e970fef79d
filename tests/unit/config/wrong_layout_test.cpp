#include "unit/config/rejection.hpp"

namespace konduit::config::testing {
namespace {

constexpr WrongDocument kDocuments[] = {
    {"NoVersion", "frontends: {}\npipelines: {p: {frontends: [], backend: direct/z}}\nbackends: {direct/z: {}}\n",
     "1:1: error: apiVersion: is required, but missing\n"
     "2:28: error: pipelines.p.frontends: must name at least one frontend\n"},
    {"OtherVersionEndsTheMatter", "apiVersion: konduit/v2\nnonsense: 1\n",
     "1:13: error: apiVersion: must be konduit/v1, found \"konduit/v2\"\n"},
    {"VersionIsAList", "apiVersion: [konduit/v1]\n",
     "1:1: error: pipelines: is required, but missing\n"
     "1:13: error: apiVersion: must be konduit/v1, found a list\n"},
    {"NoPipelines", "apiVersion: konduit/v1\n", "1:1: error: pipelines: is required, but missing\n"},
    {"EmptyPipelines", "apiVersion: konduit/v1\npipelines: {}\n",
     "2:12: error: pipelines: must have at least one pipeline\n"},
    {"NullPipelines", "apiVersion: konduit/v1\npipelines:\n",
     "2:1: error: pipelines: has no value; give one, or leave the key out\n"},
    {"UnknownSection", "apiVersion: konduit/v1\nfrontend: {}\npipelines: {}\n",
     "2:1: error: frontend: unknown key; did you mean \"frontends\"?\n"
     "3:12: error: pipelines: must have at least one pipeline\n"},
    {"SectionIsAList", "apiVersion: konduit/v1\nfilters: [acl/a]\npipelines: {}\n",
     "2:10: error: filters: must be a map of type/name to settings, found a list\n"
     "3:12: error: pipelines: must have at least one pipeline\n"},
    {"DuplicateComponent", "apiVersion: konduit/v1\nfilters:\n  acl/a: {}\n  acl/a: {}\npipelines: {}\n",
     "4:3: error: filters.acl/a: the key stands twice in one map; the first is on line 3\n"
     "5:12: error: pipelines: must have at least one pipeline\n"},
    {"IdWithoutName", "filters: {acl: {}}\n",
     "1:11: error: filters.acl: \"acl\" is no id: write type/name, each of a-z, 0-9 and '-'\n"},
    {"IdWithCapitals", "filters: {acl/Main: {}}\n",
     "1:11: error: filters.acl/Main: \"acl/Main\" is no id: write type/name, each of a-z, 0-9 and '-'\n"},
    {"IdWithTwoSlashes", "filters: {acl/a/b: {}}\n",
     "1:11: error: filters.acl/a/b: \"acl/a/b\" is no id: write type/name, each of a-z, 0-9 and '-'\n"},
    {"UnknownType", "frontends: {grcp/z: {}, grpc/z: {listen: {url: \"tcp://localhost:1\"}}}\n",
     "1:13: error: frontends.grcp/z: no plugin brings the frontend type \"grcp\"; did you mean \"grpc\"?\n"},
    {"UnknownTypeLikeNoOther", "filters: {firewall/a: {}}\n",
     "1:11: error: filters.firewall/a: no plugin brings the filter type \"firewall\"; loaded are: acl, limits\n"},
    {"NothingOfTheKind", "registrars: {lease/a: {}}\n",
     "1:14: error: registrars.lease/a: no plugin brings the registrar type \"lease\"; none of this kind is loaded\n"},
    {"TypeOfAnotherKind", "backends: {grpc/z: {}, direct/z: {}}\n",
     "1:12: error: backends.grpc/z: no plugin brings the backend type \"grpc\"; loaded are: agents, direct, http-connect, "
     "route\n"},
    {"PipelineName", "pipelines: {My Pipeline: {frontends: [grpc/z], backend: direct/z}}\n",
     "1:13: error: pipelines.My Pipeline: \"My Pipeline\" is no name: use a-z, 0-9 and '-'\n"},
    {"PipelineWithoutBackend", "pipelines: {p: {frontends: [grpc/z]}}\n",
     "1:16: error: pipelines.p.backend: is required, but missing\n"},
    {"PipelineWithAnUnknownKey", "pipelines: {p: {frontend: [grpc/z], backend: direct/z}}\n",
     "1:16: error: pipelines.p.frontends: is required, but missing\n"
     "1:17: error: pipelines.p.frontend: unknown key; did you mean \"frontends\"?\n"},
    {"FrontendIsNoList", "pipelines: {p: {frontends: grpc/z, backend: direct/z}}\n",
     "1:28: error: pipelines.p.frontends: must be a list, found \"grpc/z\"\n"},
    {"FrontendInTwoPipelines",
     "pipelines:\n  p: {frontends: [grpc/z], backend: direct/z}\n  q: {frontends: [grpc/z], backend: direct/z}\n",
     "3:19: error: pipelines.q.frontends[0]: \"grpc/z\" stands in the pipeline \"p\" already; a frontend feeds one "
     "pipeline\n"},
    {"FrontendTwiceInOnePipeline", "pipelines: {p: {frontends: [grpc/z, grpc/z], backend: direct/z}}\n",
     "1:37: error: pipelines.p.frontends[1]: \"grpc/z\" stands twice in this list\n"},
    {"FilterTwice",
     "filters: {acl/a: {}}\npipelines: {p: {frontends: [grpc/z], filters: [acl/a, acl/a], backend: direct/z}}\n",
     "2:55: error: pipelines.p.filters[1]: \"acl/a\" stands twice in this list\n"},
    {"UnknownBackend", "pipelines: {p: {frontends: [grpc/z], backend: direkt/z}}\n",
     "1:47: error: pipelines.p.backend: the document has no backend \"direkt/z\"; did you mean \"direct/z\"?\n"},
    {"FrontendAsBackend", "pipelines: {p: {frontends: [grpc/z], backend: grpc/z}}\n",
     "1:47: error: pipelines.p.backend: must name a backend, but \"grpc/z\" is a frontend; it has: direct/z\n"},
    {"Shards", "runtime: {shards: 0}\n", "1:19: error: runtime.shards: must be from 1 to 256, found 0\n"},
    {"BusyPoll", "runtime: {busy_poll: 1s}\n", "1:22: error: runtime.busy_poll: must be from 0s to 1ms, found 1s\n"},
    {"UnknownRuntimeKey", "runtime: {drain-timeout: 1s}\n",
     "1:11: error: runtime.drain-timeout: unknown key; did you mean \"drain_timeout\"?\n"},
    {"NegativeDuration", "runtime: {drain_timeout: -1s}\n",
     "1:26: error: runtime.drain_timeout: must be 0s or more, found -1s\n"},
    {"LogLevel", "telemetry: {log: {level: warn}}\n",
     "1:26: error: telemetry.log.level: must be one of trace, debug, info, warning, error, off, found \"warn\"\n"},
    {"TelemetryWithoutListener", "telemetry: {admin: {}}\n",
     "1:20: error: telemetry.admin.listen: is required, but missing\n"},
    {"DigestTooShort", "plugins: {load: [{path: /x.so, sha256: abc}]}\n",
     "1:40: error: plugins.load[0].sha256: must be 64 hexadecimal digits in lower case, as sha256sum prints them\n"},
    {"PluginWithoutPath", "plugins: {load: [{}]}\n", "1:18: error: plugins.load[0].path: is required, but missing\n"},
};

bool is_whole(std::string_view document) { return document.find("apiVersion") != std::string_view::npos; }

class WrongLayout : public ::testing::TestWithParam<WrongDocument> {};

TEST_P(WrongLayout, IsReported) {
  const char* document = GetParam().document;
  bool whole = is_whole(document) || std::string_view(GetParam().name) == "NoVersion";
  EXPECT_EQ(rejection_of(whole ? std::string(document) : completed(document)), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Documents, WrongLayout, ::testing::ValuesIn(kDocuments), name_of);

}  // namespace
}  // namespace konduit::config::testing
