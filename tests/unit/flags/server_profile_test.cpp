#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/emitter.hpp"
#include "environment.hpp"
#include "flags/profile.hpp"
#include "flags/server_id.hpp"
#include "support/temp_directory.hpp"

namespace konduit::flags {
namespace {

using ::testing::HasSubstr;

class Server : public ::testing::Test {
 protected:
  Profile profile(std::vector<std::string> more) {
    std::vector<std::string> arguments{"--cluster-cert=" + file_, "--cluster-key=" + file_, "--server-id=s1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return server_profile(arguments, problems_);
  }
  Profile on_socket(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"--uds-name=/run/k.sock", "--server-port=0", "--cluster-ca-cert=" + file_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return profile(arguments);
  }
  std::string report(std::vector<std::string> more) {
    EXPECT_TRUE(profile(std::move(more)).document.is_null());
    return problems_.text();
  }

  test_support::TempDirectory files_;
  std::string file_ = files_.write("x.pem", "");
  config::Problems problems_;
};

TEST_F(Server, OnASocketIsAReadableDocument) {
  Profile made = on_socket();
  EXPECT_EQ(problems_.text(), "");
  EXPECT_THAT(config::emit(made.document), ::testing::StartsWith(R"(apiVersion: konduit/v1
frontends:
  grpc/kas:
    listen:
      url: uds:///run/k.sock
      mode: "0770"
      unlink_existing: true
    keepalive: 1h0m0s
authenticators:
  mtls/agents: {}
selectors:
  any/default: {}
backends:
  agents/cluster:
    listen:
      url: tcp://:8091
      tls:
        cert: )" + file_ + "\n        key: " + file_ +
                                                                 "\n        client_ca: " + file_ + R"(
    authenticator: mtls/agents
    selectors: [any/default]
    server_id: s1
    server_count: 1
    keepalive: 1h0m0s
pipelines:
  cluster:
    frontends: [grpc/kas]
    backend: agents/cluster
telemetry:
  admin:
    listen:
      url: tcp://127.0.0.1:8095
  health:
    listen:
      url: tcp://:8092
    style: plain
  log:
    level: info
  exports:
)"));
}

TEST_F(Server, OnTcpHasTls) {
  Profile made =
      profile({"--mode=http-connect", "--server-port=9000", "--server-bind-address=::1", "--server-cert=" + file_,
               "--server-key=" + file_, "--server-ca-cert=" + file_, "--cluster-ca-cert=" + file_,
               "--tls-min-version=VersionTLS13", "--cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"});
  EXPECT_EQ(problems_.text(), "");
  const config::Node& listen = made.document["frontends"]["http-connect/kas"]["listen"];
  EXPECT_EQ(listen["url"].text(), "tcp://[::1]:9000");
  EXPECT_EQ(*listen["url"].mark().file, "--server-port");
  EXPECT_EQ(listen["tls"]["client_ca"].text(), file_);
  EXPECT_EQ(listen["tls"]["min_version"].text(), "1.3");
  EXPECT_EQ(listen["tls"]["cipher_suites"].items()[0].text(), "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
}

TEST_F(Server, StrategiesBecomeSelectorsInOrder) {
  Profile made = on_socket({"--proxy-strategies=destHost,cidr,defaultRoute,,default,default"});
  EXPECT_THAT(made.document["backends"]["agents/cluster"]["selectors"].texts(),
              ::testing::ElementsAre("dest-host/dest-host", "cidr/cidr", "default-route/default-route", "any/default"));
  EXPECT_TRUE(made.document["selectors"].has("dest-host/dest-host"));
}

TEST_F(Server, TokensAreReviewed) {
  Profile made = profile({"--uds-name=/k", "--server-port=0", "--agent-namespace=ns", "--agent-service-account=sa",
                          "--authentication-audience=aud", "--kubeconfig-qps=2.5", "--kubeconfig-burst=7"});
  EXPECT_EQ(problems_.text(), "");
  EXPECT_EQ(made.document["backends"]["agents/cluster"]["authenticator"].text(), "token-review/agents");
  EXPECT_EQ(made.document["authenticators"]["token-review/agents"]["service_account"].text(), "sa");
  EXPECT_EQ(made.document["authenticators"]["token-review/agents"]["qps"].text(), "2.5");
  EXPECT_EQ(made.document["authenticators"]["token-review/agents"]["burst"].text(), "7");
}

TEST_F(Server, TheApiServerIsAskedThroughTheProxyOfTheEnvironment) {
  const Variable proxy("HTTPS_PROXY", "http://me:word@proxy.example:3128");
  const std::string file = files_.write("kubeconfig", kubeconfig_for("https://api.example:6443"));
  const std::vector<std::string> flags = {"--uds-name=/run/k.sock",        "--server-port=0",
                                          "--agent-namespace=kube-system", "--agent-service-account=agent",
                                          "--authentication-audience=aud", "--kubeconfig=" + file,
                                          "--enable-lease-controller"};
  const config::Node through = profile(flags).document;
  EXPECT_EQ(problems_.text(), "");
  EXPECT_EQ(through["authenticators"]["token-review/agents"]["via"].text(), "http-connect/proxy");
  EXPECT_EQ(through["registrars"]["lease/servers"]["via"].text(), "http-connect/proxy");
  EXPECT_EQ(through["backends"]["http-connect/proxy"]["username"].text(), "me");
  EXPECT_TRUE(through["backends"]["http-connect/proxy"]["password"].secret());
  const Variable exceptions("NO_PROXY", ".example");
  const config::Node directly = profile(flags).document;
  EXPECT_FALSE(directly["authenticators"]["token-review/agents"].has("via"));
  EXPECT_FALSE(directly["backends"].has("http-connect/proxy"));
  // Who asks no API server needs no proxy.
  EXPECT_FALSE(on_socket().document["backends"].has("http-connect/proxy"));
}

TEST_F(Server, OwnSettingsAreApart) {
  Profile made = on_socket(
      {"--ready-file=/r", "--print-config", "--graceful-shutdown-timeout=0s", "--backend-dial-timeout=3s", "--v=6"});
  EXPECT_EQ(made.ready_file, "/r");
  EXPECT_TRUE(made.print_config);
  EXPECT_EQ(made.document["runtime"]["drain_timeout"].text(), "0s");
  EXPECT_EQ(made.document["backends"]["agents/cluster"]["dial_timeout"].text(), "3s");
  EXPECT_EQ(made.document["telemetry"]["log"]["level"].text(), "debug");
}

TEST_F(Server, HelpNamesEveryFlagAndAsksForNothing) {
  EXPECT_TRUE(server_profile(std::vector<std::string>{"--help"}, problems_).help);
  EXPECT_TRUE(problems_.empty());
  for (const char* flag : {"--uds-name", "--proxy-strategies", "--logtostderr", "--ready-file"}) {
    EXPECT_THAT(server_help(), HasSubstr(flag));
  }
}

TEST_F(Server, SocketNeedsAnExplicitPortOfZero) {
  EXPECT_EQ(report({"--uds-name=/k", "--cluster-ca-cert=" + file_}),
            "command line: error: --server-port: must be 0, explicitly, with --uds-name\n");
}

TEST_F(Server, SocketExcludesCertificates) {
  EXPECT_EQ(report({"--uds-name=/k", "--server-port=0", "--server-cert=" + file_, "--server-key=" + file_,
                    "--cluster-ca-cert=" + file_}),
            "command line: error: --server-cert: cannot be used with --uds-name\n"
            "command line: error: --server-key: cannot be used with --uds-name\n");
}

TEST_F(Server, TcpNeedsCertificates) {
  std::string why = ": is required to listen on TCP; a Unix socket takes --uds-name and --server-port=0\n";
  EXPECT_EQ(report({"--cluster-ca-cert=" + file_}), "command line: error: --server-cert" + why +
                                                        "command line: error: --server-key" + why +
                                                        "command line: error: --server-ca-cert" + why);
}

TEST_F(Server, CertificatesComeInPairsAndExist) {
  EXPECT_EQ(report({"--uds-name=/k", "--server-port=0", "--cluster-key=", "--cluster-ca-cert=/none"}),
            "command line: error: --cluster-cert: needs --cluster-key as well\n"
            "command line: error: --cluster-key: is required for the agents' TLS\n"
            "command line: error: --cluster-ca-cert: there is no file \"/none\"\n");
}

TEST_F(Server, AnybodyIsNoAgent) {
  EXPECT_EQ(
      report({"--uds-name=/k", "--server-port=0"}),
      "command line: error: --cluster-ca-cert: is required unless agents authenticate by token: otherwise any agent would be accepted, which --allow-anonymous-agents says aloud\n");
}

TEST_F(Server, AnybodyIsAnAgentWhereThatIsSaid) {
  Profile made = profile({"--uds-name=/k", "--server-port=0", "--allow-anonymous-agents"});
  EXPECT_EQ(problems_.text(), "");
  EXPECT_FALSE(made.document.has("authenticators"));
  EXPECT_TRUE(made.document["backends"]["agents/cluster"]["allow_unauthenticated"].boolean());
}

TEST_F(Server, KubeconfigAloneIsNoTokenAuthentication) {
  Profile made = on_socket({"--kubeconfig=" + file_});
  EXPECT_EQ(made.document["backends"]["agents/cluster"]["authenticator"].text(), "mtls/agents");
  EXPECT_EQ(
      problems_.text(),
      "command line: warning: --kubeconfig: has no effect without token authentication or --enable-lease-controller\n");
}

TEST_F(Server, LeasesAreARegistrar) {
  Profile made = on_socket(
      {"--enable-lease-controller", "--lease-namespace=ns", "--lease-label=a=b,c=d", "--kubeconfig=" + file_});
  EXPECT_EQ(problems_.text(), "");
  EXPECT_EQ(made.document["backends"]["agents/cluster"]["registrar"].text(), "lease/servers");
  const config::Node& lease = made.document["registrars"]["lease/servers"];
  EXPECT_EQ(lease["namespace"].text(), "ns");
  EXPECT_EQ(lease["labels"].text(), "a=b,c=d");
  EXPECT_EQ(lease["kubeconfig"].text(), file_);
}

TEST_F(Server, OldVersionsOfTlsAreTakenAndNotSpoken) {
  Profile made = on_socket({"--tls-min-version=VersionTLS10"});
  EXPECT_EQ(made.document["backends"]["agents/cluster"]["listen"]["tls"]["min_version"].text(), "1.2");
  EXPECT_EQ(problems_.text(),
            "command line: warning: --tls-min-version: TLS below 1.2 is not spoken (RFC 8996): 1.2 is the oldest\n");
}

TEST_F(Server, TokensExcludeTheAuthorityAndNeedAllOfThree) {
  EXPECT_EQ(report({"--uds-name=/k", "--server-port=0", "--agent-namespace=ns", "--cluster-ca-cert=" + file_}),
            "command line: error: --cluster-ca-cert: cannot be used with token authentication\n"
            "command line: error: --agent-service-account: is required for token authentication\n"
            "command line: error: --authentication-audience: is required for token authentication\n");
}

TEST_F(Server, PortsAreNotEphemeral) {
  on_socket({"--agent-port=50000", "--health-port=80", "--admin-port=0"});
  EXPECT_EQ(problems_.text(),
            "command line: error: --agent-port: must be from 1024 to 49151, or 0, found 50000\n"
            "command line: error: --health-port: must be from 1024 to 49151, or 0, found 80\n");
}

TEST_F(Server, OtherWordsAreRefused) {
  on_socket({"--mode=socks", "--proxy-strategies=best", "--tls-min-version=VersionTLS14", "--server-count=0",
             "--enable-lease-controller", "--lease-label=a", "--xfr-channel-size=0", "--enable-contention-profiling",
             "--graceful-shutdown-timeout=-1s"});
  EXPECT_EQ(
      problems_.text(),
      "command line: warning: --xfr-channel-size: has no effect: what a tunnel may hold is bounded in bytes\n"
      "command line: warning: --enable-contention-profiling: has no effect: no lock is taken where traffic flows\n"
      "command line: error: --mode: must be grpc or http-connect, found \"socks\"\n"
      "command line: error: --lease-label: must be KEY=VALUE,…, found \"a\"\n"
      "command line: error: --server-count: must be 1 or more\n"
      "command line: error: --xfr-channel-size: must be 1 or more\n"
      "command line: error: --enable-contention-profiling: needs --enable-profiling as well\n"
      "command line: error: --graceful-shutdown-timeout: must be 0 or more\n"
      "command line: error: --tls-min-version: must be VersionTLS10, VersionTLS11, VersionTLS12 or VersionTLS13, found \"VersionTLS14\"\n"
      "command line: error: --proxy-strategies: must be of destHost, defaultRoute, cidr and default, found \"best\"\n");
}

TEST(MachineId, IsTheFirstThatIsOne) {
  test_support::TempDirectory files;
  std::string empty = files.write("a", ""), image = files.write("b", "uninitialized\n"),
              real = files.write("c", "0123abc\n");
  EXPECT_EQ(machine_id({"/none", empty, image, real}), "0123abc");
  EXPECT_EQ(machine_id({"/none", empty, image}), "");
}

}  // namespace
}  // namespace konduit::flags
