#include "auth/mtls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/configuration.hpp"
#include "konduit/testkit/run.hpp"
#include "konduit/testkit/test_host.hpp"

namespace konduit::auth {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Answer = boost::system::result<Identity, Refusal>;

Certificate certificate(std::string common_name) {
  Certificate result;
  result.common_name = std::move(common_name);
  result.subject = "CN=" + result.common_name;
  return result;
}

class MtlsTest : public ::testing::Test {
 protected:
  std::unique_ptr<Mtls> make(std::string_view yaml, Host& host) {
    config::Problems problems;
    auto node = config::read_text(yaml, "mtls.yaml", problems);
    EXPECT_TRUE(problems.ok()) << problems.text();
    return std::make_unique<Mtls>(*node, host);
  }
  Answer authenticate(Mtls& mtls, std::shared_ptr<const Certificate> shown) {
    auto part = mtls.attach(attachment_);
    Peer peer{.address = "tcp://192.0.2.1:1", .certificate = std::move(shown), .identity = {}};
    Credentials credentials{.peer = &peer, .token = "secret"};
    return testkit::await(shard_, part->authenticate(credentials));
  }
  Answer authenticate(std::string_view yaml, Certificate shown) {
    auto mtls = make(yaml, host_);
    EXPECT_THAT(host_.reports(), IsEmpty());
    return authenticate(*mtls, std::make_shared<const Certificate>(std::move(shown)));
  }
  std::string refused_for(std::string_view yaml, Certificate shown) {
    const auto answer = authenticate(yaml, std::move(shown));
    if (answer.has_value()) return "let in as " + answer->name;
    EXPECT_EQ(answer.error().reason, Refusal::Reason::forbidden);
    return answer.error().text;
  }
  std::string only_report(std::string_view yaml) {
    testkit::TestHost host(shard_, "mtls/wrong");
    make(yaml, host);
    EXPECT_EQ(host.reports().size(), 1U) << yaml;
    return host.reports().empty() ? "" : host.reports().front().path + ": " + host.reports().front().what;
  }

  Shard shard_;
  testkit::TestHost host_{shard_, "mtls/ops"};
  testkit::TestAttachment attachment_{shard_};
};

TEST_F(MtlsTest, RefusesWhoShowsNoCertificate) {
  auto mtls = make("{}", host_);
  const auto answer = authenticate(*mtls, nullptr);
  ASSERT_TRUE(answer.has_error());
  EXPECT_EQ(answer.error().reason, Refusal::Reason::unauthenticated);
  EXPECT_EQ(answer.error().text, "a client certificate is required");
}

TEST_F(MtlsTest, LetsEveryVerifiedCertificateInWithoutLists) {
  const auto answer = authenticate("{}", certificate("anybody"));
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->name, "anybody");
}

TEST_F(MtlsTest, ComparesCommonNames) {
  constexpr const char* kRules = R"({common_names: [kube-apiserver, "*.ops"]})";
  EXPECT_EQ(refused_for(kRules, certificate("kube-apiserver")), "let in as kube-apiserver");
  EXPECT_EQ(refused_for(kRules, certificate("a.b.ops")), "let in as a.b.ops");
  EXPECT_EQ(refused_for(kRules, certificate("ops")),
            "the certificate of \"ops\" is not allowed: not in common_names of mtls/ops");
  EXPECT_THAT(refused_for(kRules, certificate("Kube-apiserver")), HasSubstr("common_names"));
  EXPECT_THAT(refused_for(kRules, certificate("")), HasSubstr("common_names"));
}

TEST_F(MtlsTest, ComparesOrganizations) {
  auto shown = certificate("someone");
  shown.organizations = {"dev", "system:masters"};
  EXPECT_EQ(refused_for(R"({organizations: ["system:masters"]})", shown), "let in as someone");
  EXPECT_THAT(refused_for(R"({organizations: ["*.masters", masters]})", shown), HasSubstr("not in organizations"));
}

TEST_F(MtlsTest, ComparesDnsNamesWithoutCase) {
  auto shown = certificate("someone");
  shown.dns_names = {"Agent-1.Nodes.Example"};
  EXPECT_EQ(refused_for(R"({dns_names: ["agent-1.nodes.example"]})", shown), "let in as someone");
  EXPECT_EQ(refused_for(R"({dns_names: ["*.NODES.example"]})", shown), "let in as someone");
  EXPECT_THAT(refused_for(R"({dns_names: ["nodes.example", "*.odes.example"]})", shown), HasSubstr("not in dns_names"));
}

TEST_F(MtlsTest, ComparesUris) {
  auto shown = certificate("someone");
  shown.uris = {"spiffe://cluster/ns/a"};
  EXPECT_EQ(refused_for(R"({uris: ["spiffe://cluster/ns/a"]})", shown), "let in as someone");
  EXPECT_THAT(refused_for(R"({uris: ["spiffe://cluster/ns/b"]})", shown), HasSubstr("not in uris"));
}

TEST_F(MtlsTest, WantsEveryListThatIsGiven) {
  auto shown = certificate("kube-apiserver");
  shown.organizations = {"dev"};
  EXPECT_THAT(refused_for(R"({common_names: [kube-apiserver], organizations: [ops]})", shown),
              HasSubstr("not in organizations"));
}

TEST_F(MtlsTest, NamesAPeerByTheFirstNameItHas) {
  auto shown = certificate("");
  shown.ip_addresses = {"192.0.2.1"};
  EXPECT_EQ(name_of(shown), "192.0.2.1");
  shown.uris = {"spiffe://a"};
  EXPECT_EQ(name_of(shown), "spiffe://a");
  shown.dns_names = {"a.example", "b.example"};
  EXPECT_EQ(name_of(shown), "a.example");
  shown.common_name = "a";
  EXPECT_EQ(name_of(shown), "a");
  Certificate nameless;
  nameless.subject = "O=dev";
  EXPECT_EQ(name_of(nameless), "O=dev");
}

TEST_F(MtlsTest, ReportsEachWrongNameWhereItStands) {
  EXPECT_THAT(only_report(R"({common_names: [a, "b*"]})"), HasSubstr("common_names[1]: \"b*\": a \"*\" can only"));
  EXPECT_THAT(only_report(R"({dns_names: ["*."]})"), HasSubstr("dns_names[0]"));
  EXPECT_THAT(only_report(R"({dns_names: ["*.*.x"]})"), HasSubstr("dns_names[0]"));
  EXPECT_THAT(only_report(R"({uris: [""]})"), HasSubstr("an empty name matches nobody"));
  EXPECT_THAT(only_report(R"({organizations: []})"), HasSubstr("an empty list allows nobody"));
}

TEST_F(MtlsTest, IsMadeTwiceAndDestroyed) {
  auto first = make("{common_names: [a]}", host_);
  auto second = make("{common_names: [b]}", host_);
  auto unused = first->attach(attachment_);
  unused.reset();
  first.reset();
  EXPECT_TRUE(authenticate(*second, std::make_shared<const Certificate>(certificate("b"))).has_value());
  EXPECT_TRUE(authenticate(*second, std::make_shared<const Certificate>(certificate("a"))).has_error());
}

}  // namespace
}  // namespace konduit::auth
