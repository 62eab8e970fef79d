#include "unit/config/rejection.hpp"

namespace konduit::config::testing {
namespace {

constexpr WrongDocument kDocuments[] = {
    {"NoListener", "frontends: {grpc/z: {}}\n",
     "1:21: error: frontends.grpc/z.listen: is required, but missing (fake-frontend)\n"},
    {"NullComponent", "frontends:\n  grpc/z:\n",
     "2:3: error: frontends.grpc/z.listen: is required, but missing (fake-frontend)\n"},
    {"ListenIsText", "frontends: {grpc/z: {listen: \"tcp://localhost:1\"}}\n",
     "1:30: error: frontends.grpc/z.listen: must be a map with a url, found \"tcp://localhost:1\" (fake-frontend)\n"},
    {"NoUrl", "frontends: {grpc/z: {listen: {mode: \"0770\"}}}\n",
     "1:30: error: frontends.grpc/z.listen.url: is required, but missing (fake-frontend)\n"},
    {"UrlIsAMap", "frontends: {grpc/z: {listen: {url: {}}}}\n",
     "1:36: error: frontends.grpc/z.listen.url: must be text, found a map (fake-frontend)\n"},
    {"NoScheme", "frontends: {grpc/z: {listen: {url: \"localhost:8090\"}}}\n",
     "1:36: error: frontends.grpc/z.listen.url: must be a url, as in \"tcp://...\", found \"localhost:8090\"; schemes are: tcp, "
     "uds (fake-frontend)\n"},
    {"UnknownScheme", "frontends: {grpc/z: {listen: {url: \"quic://localhost:1\", mode: 3}}}\n",
     "1:36: error: frontends.grpc/z.listen.url: no transport is loaded for \"quic://\"; schemes are: tcp, uds "
     "(fake-frontend)\n"},
    {"SchemeWithATypo", "frontends: {grpc/z: {listen: {url: \"udp://localhost:1\"}}}\n",
     "1:36: error: frontends.grpc/z.listen.url: no transport is loaded for \"udp://\"; did you mean \"uds\"? (fake-frontend)\n"},
    {"TransportRefusesTheUrl", "frontends: {grpc/z: {listen: {url: \"uds://run/x.sock\"}}}\n",
     "1:36: error: frontends.grpc/z.listen.url: needs an absolute path (fake-transport)\n"},
    {"OptionOfAnotherTransport", "frontends: {grpc/z: {listen: {url: \"tcp://localhost:1\", mode: \"0770\"}}}\n",
     "1:57: error: frontends.grpc/z.listen.mode: unknown key; known are: url, tls (fake-frontend)\n"},
    {"WrongOption", "frontends: {grpc/z: {listen: {url: \"uds:///x\", delete_existing: 1}}}\n",
     "1:65: error: frontends.grpc/z.listen.delete_existing: must be true or false, found \"1\" (fake-frontend)\n"},
    {"TlsIsText", "frontends: {grpc/z: {listen: {url: \"tcp://localhost:1\", tls: true}}}\n",
     "1:62: error: frontends.grpc/z.listen.tls: must be a map, found \"true\" (fake-frontend)\n"},
    {"TlsWithATypo",
     "frontends: {grpc/z: {listen: {url: \"tcp://localhost:1\", tls: {cert: a, key: b, client_c: c}}}}\n",
     "1:80: error: frontends.grpc/z.listen.tls.client_c: unknown key; did you mean \"client_ca\"? (fake-frontend)\n"},
    {"TlsIsCheckedUnderAWrongUrl", "frontends: {grpc/z: {listen: {url: \"x://y\", tls: []}}}\n",
     "1:36: error: frontends.grpc/z.listen.url: no transport is loaded for \"x://\"; schemes are: tcp, uds (fake-frontend)\n"
     "1:50: error: frontends.grpc/z.listen.tls: must be a map, found a list (fake-frontend)\n"},
    {"AdminUrl", "telemetry: {admin: {listen: {url: \"tcp://localhost\"}}}\n",
     "1:35: error: telemetry.admin.listen.url: needs a port, as in \"tcp://0.0.0.0:8090\" (fake-transport)\n"},
    {"UrlOfAnotherListener",
     "frontends: {grpc/z: {listen: {url: \"tcp://localhost:1\"}}, http-connect/a: {listen: {url: \"tcp://localhost:1\"}}}\n"
     "telemetry: {admin: {listen: {url: \"tcp://localhost:1\"}}}\n",
     "1:90: error: frontends.http-connect/a.listen.url: frontends.grpc/z.listen.url listens on \"tcp://localhost:1\" "
     "already\n"
     "2:35: error: telemetry.admin.listen.url: frontends.grpc/z.listen.url listens on \"tcp://localhost:1\" already\n"},
    {"ConnectUrl", "backends: {direct/z: {}, http-connect/u: {proxy: {url: \"tcp://proxy\", vai: direct/z}}}\n",
     "1:56: error: backends.http-connect/u.proxy.url: needs a port, as in \"tcp://0.0.0.0:8090\" (fake-transport)\n"
     "1:71: error: backends.http-connect/u.proxy.vai: unknown key; did you mean \"via\"? (fake-backend)\n"},
    {"ConnectVia", "backends: {direct/z: {}, http-connect/u: {proxy: {url: \"tcp://proxy:1\", via: direct/a}}}\n",
     "1:78: error: backends.http-connect/u.proxy.via: the document has no backend \"direct/a\"; did you mean \"direct/z\"? "
     "(fake-backend)\n"},
    {"ReferenceToNothing", "frontends: {grpc/z: {listen: {url: \"tcp://localhost:1\"}, authenticator: mtls/a}}\n",
     "1:73: error: frontends.grpc/z.authenticator: the document has no authenticator \"mtls/a\"; it has none at all "
     "(fake-frontend)\n"},
    {"ReferenceToAnotherKind",
     "selectors: {any/a: {}}\nfrontends: {grpc/z: {listen: {url: \"tcp://localhost:1\"}, authenticator: any/a}}\n",
     "2:73: error: frontends.grpc/z.authenticator: must name an authenticator, but \"any/a\" is a selector; it has none at all "
     "(fake-frontend)\n"},
    {"ReferenceIsAMap",
     "authenticators: {mtls/a: {}}\nfrontends: {grpc/z: {listen: {url: \"tcp://localhost:1\"}, authenticator: {mtls/a: {}}}}\n",
     "2:73: error: frontends.grpc/z.authenticator: must name an authenticator as type/name, found a map (fake-frontend)\n"},
    {"ReferenceWithATypo",
     "authenticators: {mtls/ops: {}, mtls/agents: {}}\n"
     "frontends: {grpc/z: {listen: {url: \"tcp://localhost:1\"}, authenticator: mtls/agent}}\n",
     "2:73: error: frontends.grpc/z.authenticator: the document has no authenticator \"mtls/agent\"; did you mean "
     "\"mtls/agents\"? (fake-frontend)\n"},
    {"ReferenceInAList",
     "selectors: {any/a: {}, dest-host/d: {}}\n"
     "backends: {direct/z: {}, agents/m: {listen: {url: \"tcp://localhost:2\"}, selectors: [any/a, default-route/r]}}\n",
     "2:92: error: backends.agents/m.selectors[1]: the document has no selector \"default-route/r\"; it has: any/a, "
     "dest-host/d (fake-backend)\n"},
    {"ReferenceInAListOfMaps",
     "backends:\n  direct/z: {}\n  route/r:\n    rules:\n      - {suffix: .a, backend: direct/z}\n      - {backend: direct/y}\n",
     "6:9: error: backends.route/r.rules[1].suffix: is required, but missing (fake-backend)\n"
     "6:19: error: backends.route/r.rules[1].backend: the document has no backend \"direct/y\"; did you mean \"direct/z\"? "
     "(fake-backend)\n"},
    {"EverythingAtOnce",
     "frontends:\n  grpc/z: {lisen: {url: \"tcp://localhost:1\"}}\n  http-connect/a: {listen: {url: \"tcp://x:1\"}, head_timeout: "
     "0s}\nfilters: {acl/a: {deny: 1}}\nruntime: {shards: two}\n",
     "2:11: error: frontends.grpc/z.listen: is required, but missing (fake-frontend)\n"
     "2:12: error: frontends.grpc/z.lisen: unknown key; did you mean \"listen\"? (fake-frontend)\n"
     "3:62: error: frontends.http-connect/a.head_timeout: must be from 1s to 1h, found 0s (fake-frontend)\n"
     "4:25: error: filters.acl/a.deny: must be a list, found \"1\" (fake-filter)\n"
     "5:19: error: runtime.shards: must be an integer, found \"two\"\n"},
    {"UnsetVariable", "backends: {direct/z: {dial_timeout: \"${env:KONDUIT_TEST_UNSET}\"}}\n",
     "1:37: error: backends.direct/z.dial_timeout: the environment has no variable KONDUIT_TEST_UNSET; set it, or give a default "
     "as in ${env:KONDUIT_TEST_UNSET:-value}\n"},
};

class WrongComponent : public ::testing::TestWithParam<WrongDocument> {};

TEST_P(WrongComponent, IsReportedWithItsPlugin) {
  EXPECT_EQ(rejection_of(completed(GetParam().document)), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Documents, WrongComponent, ::testing::ValuesIn(kDocuments), name_of);

}  // namespace
}  // namespace konduit::config::testing
