#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "konduit/error.hpp"
#include "kube/access.hpp"
#include "support/temp_directory.hpp"

namespace konduit::kube {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class KubeconfigTest : public ::testing::Test {
 protected:
  static std::string config(const std::string& cluster, const std::string& user) {
    return "apiVersion: v1\nkind: Config\ncurrent-context: here\n"
           "contexts:\n- {name: other, context: {cluster: x, user: y}}\n"
           "- {name: here, context: {cluster: c, user: u, namespace: ns}}\n"
           "clusters:\n- name: c\n  cluster: " +
           cluster + "\nusers:\n- name: u\n  user: " + user + "\n";
  }
  Access parse(const std::string& cluster, const std::string& user = "{}") {
    return parse_kubeconfig(config(cluster, user), folder_.file("kubeconfig"));
  }
  std::string refusal(const std::string& text) {
    try {
      parse_kubeconfig(text, "/etc/kubeconfig");
    } catch (const StartError& error) {
      return error.what();
    }
    return "taken";
  }
  std::string refusal(const std::string& cluster, const std::string& user) { return refusal(config(cluster, user)); }

  test_support::TempDirectory folder_;
};

TEST_F(KubeconfigTest, FollowsTheCurrentContext) {
  const Access access = parse("{server: \"https://api.example:6443\"}", "{token: abc}");
  EXPECT_EQ(access.server, "https://api.example:6443");
  EXPECT_EQ(access.url, "tcp://api.example:6443");
  EXPECT_EQ(access.host, "api.example:6443");
  EXPECT_EQ(access.server_host, "api.example");
  EXPECT_EQ(access.base_path, "");
  EXPECT_TRUE(access.tls);
  EXPECT_EQ(access.token, "abc");
  EXPECT_EQ(access.name_space, "ns");
}

TEST_F(KubeconfigTest, KnowsPathsPortsAndBrackets) {
  EXPECT_EQ(parse("{server: \"https://rancher.example/k8s/clusters/c-1/\"}").base_path, "/k8s/clusters/c-1");
  EXPECT_EQ(parse("{server: \"https://rancher.example\"}").url, "tcp://rancher.example:443");
  EXPECT_EQ(parse("{server: \"https://[fd00::1]:6443\"}").url, "tcp://[fd00::1]:6443");
  EXPECT_EQ(parse("{server: \"https://[fd00::1]\"}").server_host, "fd00::1");
  const Access plain = parse("{server: \"http://127.0.0.1:8080\"}");
  EXPECT_FALSE(plain.tls);
  EXPECT_EQ(plain.url, "tcp://127.0.0.1:8080");
}

TEST_F(KubeconfigTest, ReadsFilesBesideItself) {
  folder_.write("ca.pem", "CA");
  folder_.write("cert.pem", "CERT");
  const auto key = folder_.write("key.pem", "KEY");
  folder_.write("token", "  from-file\n");
  const Access access =
      parse("{server: \"https://a\", certificate-authority: ca.pem, tls-server-name: kubernetes}",
            "{client-certificate: cert.pem, client-key: " + key + ", token: inline, tokenFile: token}");
  EXPECT_EQ(access.material.ca, "CA");
  EXPECT_EQ(access.material.cert, "CERT");
  EXPECT_EQ(access.material.key, "KEY");
  EXPECT_EQ(access.token, "from-file");
  EXPECT_EQ(access.tls_settings.server_name, "kubernetes");
  EXPECT_EQ(access.tls_settings.ca, folder_.file("ca.pem"));
  EXPECT_THAT(access.files, UnorderedElementsAre(folder_.file("kubeconfig"), folder_.file("ca.pem"),
                                                 folder_.file("cert.pem"), key, folder_.file("token")));
}

TEST_F(KubeconfigTest, DecodesWhatIsEmbedded) {
  const Access access = parse("{server: \"https://a\", certificate-authority-data: Q0E=, certificate-authority: none}",
                              "{client-certificate-data: Q0VSVA==, client-key-data: S0VZ}");
  EXPECT_EQ(access.material.ca, "CA");
  EXPECT_EQ(access.material.cert, "CERT");
  EXPECT_EQ(access.material.key, "KEY");
  EXPECT_THAT(access.tls_settings.ca, HasSubstr("certificate-authority-data of cluster c in "));
}

TEST_F(KubeconfigTest, MayBeJson) {
  const Access access = parse_kubeconfig(
      R"({"current-context":"x","contexts":[{"name":"x","context":{"cluster":"c"}}],
          "clusters":[{"name":"c","cluster":{"server":"https://a:1"}}]})",
      "k");
  EXPECT_EQ(access.url, "tcp://a:1");
  EXPECT_EQ(access.token, "");
}

TEST_F(KubeconfigTest, RefusesWhatNeedsAProgramOrAPassword) {
  constexpr const char* kCluster = "{server: \"https://a\"}";
  EXPECT_EQ(refusal(kCluster, "{exec: {command: aws}}"),
            "exec of user u in /etc/kubeconfig is not supported: no program is run for credentials; give a token, a "
            "tokenFile or a client-certificate");
  EXPECT_THAT(refusal(kCluster, "{auth-provider: {name: gcp}}"), HasSubstr("auth-provider of user u"));
  EXPECT_THAT(refusal(kCluster, "{username: a, password: b}"), HasSubstr("username of user u"));
  EXPECT_THAT(refusal(kCluster, "{token: t, as: admin}"), HasSubstr("as of user u"));
  EXPECT_THAT(refusal(kCluster, "{token: t, as-groups: [admin]}"), HasSubstr("as-groups of user u"));
  EXPECT_THAT(refusal("{server: \"https://a\", insecure-skip-tls-verify: true}", "{}"),
              HasSubstr("insecure-skip-tls-verify of cluster c"));
  EXPECT_EQ(refusal("{server: \"https://a\", insecure-skip-tls-verify: false}", "{exec: null}"), "taken");
  EXPECT_THAT(refusal("{server: \"https://a\", proxy-url: \"http://p\"}", "{}"), HasSubstr("proxy-url of cluster c"));
}

TEST_F(KubeconfigTest, SaysWhatIsMissing) {
  EXPECT_THAT(refusal("current-context: x"), HasSubstr("has no context \"x\" in contexts"));
  EXPECT_THAT(refusal("{}"), HasSubstr("has no current-context"));
  EXPECT_THAT(refusal("- a"), HasSubstr("is not a map"));
  EXPECT_THAT(refusal(""), HasSubstr("is not a map"));
  EXPECT_THAT(refusal("a: [b"), HasSubstr("kubeconfig /etc/kubeconfig is not YAML"));
  EXPECT_THAT(refusal("current-context: [x]"), HasSubstr("no text where one belongs"));
  EXPECT_THAT(refusal("current-context: x\ncontexts: [{name: x, context: {cluster: y}}]"),
              HasSubstr("has no cluster \"y\" in clusters"));
}

TEST_F(KubeconfigTest, SaysWhatIsWrong) {
  EXPECT_THAT(refusal("{server: \"ftp://a\"}", "{}"), AllOf(HasSubstr("server of cluster c"), HasSubstr("ftp://a")));
  EXPECT_THAT(refusal("{server: \"https://a:b\"}", "{}"), HasSubstr("not the address of an API server"));
  EXPECT_THAT(refusal("{server: \"https://user@a\"}", "{}"), HasSubstr("not the address of an API server"));
  EXPECT_THAT(refusal("{server: \"https://a\", certificate-authority: /nowhere}", "{}"),
              HasSubstr("cannot read certificate-authority file /nowhere: No such file"));
  EXPECT_THAT(refusal("{server: \"https://a\", certificate-authority-data: \"!\"}", "{}"), HasSubstr("is not base64"));
  EXPECT_THAT(refusal("{server: \"https://a\"}", "{client-certificate-data: Q0E=}"), HasSubstr("come together"));
  EXPECT_THAT(refusal("{server: \"https://a\"}", "{token: \"a b\"}"),
              AllOf(HasSubstr("token of user u"), ::testing::Not(HasSubstr("a b"))));
}

}  // namespace
}  // namespace konduit::kube
