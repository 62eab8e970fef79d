#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "environment.hpp"
#include "flags/profile.hpp"
#include "support/temp_directory.hpp"

namespace konduit::flags {
namespace {

using ::testing::ElementsAre;

class Agent : public ::testing::Test {
 protected:
  Profile profile(std::vector<std::string> more) {
    std::vector<std::string> arguments{"--ca-cert=" + file_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return agent_profile(arguments, problems_);
  }

  std::string kubeconfig(const std::string& server) { return files_.write("kubeconfig", kubeconfig_for(server)); }

  test_support::TempDirectory files_;
  std::string file_ = files_.write("x.pem", "");
  config::Problems problems_;
};

TEST_F(Agent, ConnectsWhereItIsTold) {
  Profile made = profile({"--proxy-server-host=2001:db8::1", "--proxy-server-port=443", "--agent-cert", file_,
                          "--agent-key", file_, "--service-account-token-path=" + file_, "--agent-id=a1",
                          "--alpn-proto=x,y", "--sync-interval=2s", "--keepalive-time=30m"});
  EXPECT_EQ(problems_.text(), "");
  EXPECT_THAT(made.document["discovery"]["static/servers"]["servers"].texts(), ElementsAre("[2001:db8::1]:443"));
  const config::Node& uplink = made.document["frontends"]["uplink/control-plane"];
  EXPECT_EQ(uplink["tls"]["ca"].text(), file_);
  EXPECT_EQ(uplink["tls"]["cert"].text(), file_);
  EXPECT_EQ(uplink["token_file"].text(), file_);
  EXPECT_EQ(uplink["agent_id"].text(), "a1");
  EXPECT_THAT(uplink["alpn"].texts(), ElementsAre("x", "y"));
  EXPECT_EQ(uplink["sync"]["interval"].text(), "2s");
  EXPECT_EQ(uplink["sync"]["cap"].text(), "10s");
  EXPECT_EQ(uplink["keepalive"].text(), "30m");
  EXPECT_EQ(made.document["pipelines"]["serve"]["backend"].text(), "direct/node");
  EXPECT_EQ(made.document["telemetry"]["health"]["listen"]["url"].text(), "tcp://:8093");
}

TEST_F(Agent, IdentifiersAreAQueryString) {
  Profile made = profile({"--agent-identifiers=ipv4=10.0.0.1&host=a%20b&host=c&default-route=true&ipv6=%3A%3A1"});
  EXPECT_EQ(problems_.text(), "");
  const config::Node& identifiers = made.document["frontends"]["uplink/control-plane"]["identifiers"];
  EXPECT_THAT(identifiers["ipv4"].texts(), ElementsAre("10.0.0.1"));
  EXPECT_THAT(identifiers["host"].texts(), ElementsAre("a b", "c"));
  EXPECT_THAT(identifiers["ipv6"].texts(), ElementsAre("::1"));
  EXPECT_TRUE(identifiers["default-route"].boolean());
}

TEST_F(Agent, IdentifiersThatAServerWouldNotReadAreRefused) {
  profile({"--agent-identifiers=host=a;ipv4=b"});
  EXPECT_THAT(problems_.text(), ::testing::HasSubstr("\"host=a;ipv4=b\" has a ';'"));
}

TEST_F(Agent, ValuesThatNoDocumentCanHoldAreRefused) {
  profile({"--agent-id=a\x01", "--alpn-proto=\xff"});
  EXPECT_THAT(problems_.text(), ::testing::HasSubstr("--agent-id: the control character 0x01"));
  EXPECT_THAT(problems_.text(), ::testing::HasSubstr("--alpn-proto: the byte 0xFF is not UTF-8"));
}

TEST_F(Agent, IdentifiersThatNoDocumentCanHoldAreRefused) {
  profile({"--agent-identifiers=host=a%8A&ipv4=%01"});
  EXPECT_THAT(problems_.text(), ::testing::HasSubstr("--agent-identifiers: \"host=a%8A\": the byte 0x8A is not UTF-8"));
  EXPECT_THAT(problems_.text(), ::testing::HasSubstr("--agent-identifiers: \"ipv4=%01\": the control character 0x01"));
}

TEST_F(Agent, UnknownIdentifiersAreRefused) {
  profile({"--agent-identifiers=ip=1&host=%zz&cidr=10.0.0.0/8"});
  EXPECT_EQ(
      problems_.text(),
      "command line: error: --agent-identifiers: unknown identifier \"ip\"; known are: ipv4, ipv6, host, cidr, default-route\n"
      "command line: error: --agent-identifiers: \"host=%zz\" has a '%' that begins no escape\n");
}

TEST_F(Agent, AuthorityIsRequired) {
  EXPECT_TRUE(agent_profile(std::vector<std::string>{"--agent-key=/none"}, problems_).document.is_null());
  EXPECT_EQ(problems_.text(),
            "command line: error: --agent-key: needs --agent-cert as well\n"
            "command line: error: --agent-key: there is no file \"/none\"\n"
            "command line: error: --ca-cert: is required to know the servers\n");
}

TEST_F(Agent, CountsServersFromWhereItIsTold) {
  const auto count = [this](std::vector<std::string> more) {
    Profile made = profile(std::move(more));
    return made.document["frontends"]["uplink/control-plane"]["count"].text();
  };
  EXPECT_EQ(count({}), "headers/count");
  EXPECT_EQ(count({"--server-count-source=max"}), "headers/count");
  EXPECT_EQ(count({"--count-server-leases"}), "lease/count");
  EXPECT_EQ(count({"--count-server-leases", "--server-count-source=max"}), "max/count");
  EXPECT_TRUE(problems_.empty());
}

TEST_F(Agent, LeasesAreFoundByTheirLabels) {
  Profile made = profile({"--count-server-leases", "--lease-namespace=ns", "--lease-label=a=b", "--kubeconfig", file_});
  EXPECT_EQ(problems_.text(), "");
  const config::Node& lease = made.document["discovery"]["lease/count"];
  EXPECT_EQ(lease["namespace"].text(), "ns");
  EXPECT_EQ(lease["labels"].text(), "a=b");
  EXPECT_EQ(lease["kubeconfig"].text(), file_);
  made = profile({"--count-server-leases", "--lease-label-selector=a in (b,c)", "--lease-label=old"});
  EXPECT_EQ(problems_.text(), "");
  EXPECT_EQ(made.document["discovery"]["lease/count"]["labels"].text(), "a in (b,c)");
}

TEST_F(Agent, SendsReadersOfMetricsOnToTheHealthPort) {
  const config::Node telemetry = profile({"--enable-profiling"}).document["telemetry"];
  EXPECT_EQ(telemetry["admin"]["metrics"].text(), "redirect");
  EXPECT_EQ(telemetry["admin"]["profiling"].text(), "true");
  EXPECT_FALSE(profile({}).document["telemetry"]["admin"].has("profiling"));
}

TEST_F(Agent, GoesThroughTheProxyOfTheEnvironment) {
  const Variable proxy("HTTPS_PROXY", "https://me:word@proxy.example:8443");
  const Variable exceptions("NO_PROXY", "near.example");
  Profile made = profile({"--proxy-server-host=far.example"});
  EXPECT_EQ(problems_.text(), "");
  EXPECT_EQ(made.document["frontends"]["uplink/control-plane"]["via"].text(), "http-connect/proxy");
  const config::Node& section = made.document["backends"]["http-connect/proxy"];
  EXPECT_EQ(section["url"].text(), "tcp://proxy.example:8443");
  EXPECT_EQ(section["url"].origin(), config::Origin::environment);
  EXPECT_TRUE(section.has("tls"));
  EXPECT_EQ(section["username"].text(), "me");
  EXPECT_EQ(section["password"].text(), "word");
  EXPECT_TRUE(section["password"].secret());
  for (const char* host : {"--proxy-server-host=near.example", "--proxy-server-host=127.0.0.1"}) {
    EXPECT_FALSE(profile({host}).document["frontends"]["uplink/control-plane"].has("via")) << host;
  }
}

TEST_F(Agent, CountsLeasesThroughTheProxyOfTheEnvironmentUnlessTheApiServerIsAnException) {
  const Variable proxy("HTTPS_PROXY", "http://proxy.example:3128");
  const Variable exceptions("NO_PROXY", "near.example");
  const std::vector<std::string> flags = {"--proxy-server-host=near.example", "--count-server-leases",
                                          "--kubeconfig=" + kubeconfig("https://far.example:6443")};
  const config::Node through = profile(flags).document;
  EXPECT_EQ(problems_.text(), "");
  EXPECT_EQ(through["discovery"]["lease/count"]["via"].text(), "http-connect/proxy");
  EXPECT_EQ(through["backends"]["http-connect/proxy"]["url"].text(), "tcp://proxy.example:3128");
  EXPECT_FALSE(through["frontends"]["uplink/control-plane"].has("via"));
  kubeconfig("https://near.example:6443");
  const config::Node directly = profile(flags).document;
  EXPECT_FALSE(directly["discovery"]["lease/count"].has("via"));
  EXPECT_FALSE(directly["backends"].has("http-connect/proxy"));
}

TEST_F(Agent, RefusesAProxyThatItCannotUse) {
  const Variable proxy("HTTPS_PROXY", "socks5://proxy.example");
  profile({"--proxy-server-host=far.example"});
  EXPECT_EQ(problems_.text(),
            "$HTTPS_PROXY: error: only proxies by http:// and https:// can be used, found socks5://\n");
}

TEST_F(Agent, PausesAndPortsHaveLimits) {
  profile({"--sync-interval=11s", "--proxy-server-port=0", "--health-server-port=-1", "--server-count-source=min",
           "--xfr-channel-size=0", "--enable-contention-profiling", "--kubeconfig=/none", "--count-server-leases",
           "--lease-label=x"});
  EXPECT_EQ(
      problems_.text(),
      "command line: warning: --xfr-channel-size: has no effect: what a tunnel may hold is bounded in bytes\n"
      "command line: warning: --enable-contention-profiling: has no effect: no lock is taken where traffic flows\n"
      "command line: error: --proxy-server-port: must be from 1 to 65535, found 0\n"
      "command line: error: --health-server-port: must be from 1 to 65535, or 0, found -1\n"
      "command line: error: --xfr-channel-size: must be 1 or more\n"
      "command line: error: --enable-contention-profiling: needs --enable-profiling as well\n"
      "command line: error: --sync-interval: must not be more than --sync-interval-cap\n"
      "command line: error: --server-count-source: must be default or max, found \"min\"\n"
      "command line: error: --kubeconfig: there is no file \"/none\"\n"
      "command line: error: --lease-label: must be KEY=VALUE,…, found \"x\"\n");
}

TEST_F(Agent, FlagsOfStockManifestsAreAccepted) {
  Profile made = profile({"--logtostderr=true", "--v=4", "--admin-server-port=8133", "--health-server-port=8134",
                          "--sync-forever", "--probe-interval=1s", "--warn-on-channel-limit", "--xfr_channel_size=10",
                          "--vmodule=a=1", "--lease-label=k8s-app=x", "--kubeconfig=" + file_});
  EXPECT_TRUE(problems_.ok()) << problems_.text();
  EXPECT_EQ(made.document["frontends"]["uplink/control-plane"]["sync"]["look"].text(), "10s");
}

}  // namespace
}  // namespace konduit::flags
