#include <gmock/gmock.h>
#include <sys/stat.h>

#include <functional>

#include "konduit/config.hpp"
#include "konduit/error.hpp"
#include "konduit/tls_schema.hpp"
#include "tls_fixture.hpp"

namespace konduit::tls_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string start_error(const TlsSettings& settings) {
  try {
    TlsContext::server(settings);
  } catch (const StartError& error) {
    return error.what();
  }
  return "no error";
}

TEST(TlsContext, NamesAFileThatIsMissing) {
  auto settings = files().server();
  settings.cert = "/nonexistent/cert.pem";
  EXPECT_THAT(start_error(settings), AllOf(HasSubstr("/nonexistent/cert.pem"), HasSubstr("No such file")));
  settings = files().server();
  settings.key = "/nonexistent/key.pem";
  EXPECT_THAT(start_error(settings), AllOf(HasSubstr("/nonexistent/key.pem"), HasSubstr("No such file")));
  settings = files().server();
  settings.ca = files().directory.path();
  EXPECT_THAT(start_error(settings), AllOf(HasSubstr(files().directory.path()), HasSubstr("Is a directory")));
}

TEST(TlsContext, NamesAFileThatIsNotPem) {
  const auto text = files().directory.write("text", "not a certificate\n");
  auto settings = files().server();
  settings.cert = text;
  EXPECT_THAT(start_error(settings), AllOf(HasSubstr(text), HasSubstr("no certificate in PEM format")));
  settings = files().server();
  settings.key = text;
  EXPECT_THAT(start_error(settings), AllOf(HasSubstr(text), HasSubstr("no private key in PEM format")));
  settings = files().server();
  settings.cert = files().directory.write("damaged", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  EXPECT_THAT(start_error(settings), HasSubstr("damaged certificate"));
}

TEST(TlsContext, NamesAKeyThatBelongsToAnotherCertificate) {
  auto settings = files().server();
  settings.key = files().client_with_certificate().key;
  EXPECT_THAT(start_error(settings),
              AllOf(HasSubstr(settings.key), HasSubstr("does not match"), HasSubstr(settings.cert)));
}

TEST(TlsContext, ListsEveryCipherSuiteThatIsUnknown) {
  auto settings = files().server();
  settings.cipher_suites = {"TLS_AES_128_GCM_SHA256", "TLS_NO_SUCH", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "AES"};
  EXPECT_THAT(start_error(settings), HasSubstr("unknown cipher suites: TLS_NO_SUCH AES"));
  settings.cipher_suites = {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"};
  EXPECT_EQ(start_error(settings), "no error");
}

TEST(TlsContext, AServerWithoutACertificateIsRefused) {
  EXPECT_THAT(start_error({}), HasSubstr("needs a certificate"));
}

TEST(TlsContext, TellsWhenItsCertificateEndsAlsoWhenItHasEnded) {
  auto ended = files().with(
      "ended", files().authority.issue(
                   {.common_name = "old", .starts_in = -std::chrono::hours(2), .ends_in = -std::chrono::hours(1)}));
  EXPECT_LT(TlsContext::server(ended)->not_after(), std::chrono::system_clock::now());
  EXPECT_GT(TlsContext::server(files().server())->not_after(), std::chrono::system_clock::now());
  EXPECT_EQ(TlsContext::client(files().client())->not_after(), std::chrono::system_clock::time_point::max());
}

TEST(TlsContext, ReloadTakesNewFilesAndKeepsOldOnesOnErrors) {
  const auto settings = files().with("rolling", files().authority.issue_server("localhost"));
  const auto context = TlsContext::server(settings);
  const auto before = context->not_after();
  files().directory.write("rolling.pem", "half written");
  std::string error;
  EXPECT_TRUE(context->reload(error).has_error());
  EXPECT_THAT(error, HasSubstr(settings.cert));
  EXPECT_EQ(context->not_after(), before);

  files().with("rolling",
               files().authority.issue(
                   {.common_name = "localhost", .dns_names = {"localhost"}, .ends_in = std::chrono::hours(100)}));
  ASSERT_TRUE(context->reload(error).has_value()) << error;
  EXPECT_GT(context->not_after(), before);
  Shard shard;
  Pair pair(shard);
  ASSERT_TRUE(pair.shake(context, TlsContext::client(files().client())));
  ASSERT_TRUE(pair.client.ok()) << pair.client.text;
  EXPECT_EQ(pair.client.session().peer->not_after, context->not_after());
}

TEST(TlsContext, AnEmptyFileOfAuthoritiesIsNoReasonToTrustEverybody) {
  auto settings = files().server();
  settings.ca = files().directory.write("emptied-ca.pem", files().authority.certificate());
  const auto server = TlsContext::server(settings);
  files().directory.write("emptied-ca.pem", "");
  EXPECT_THAT(start_error(settings), AllOf(HasSubstr(settings.ca), HasSubstr("no certificate in PEM format")));
  std::string error;
  EXPECT_TRUE(server->reload(error).has_error());
  EXPECT_THAT(error, HasSubstr(settings.ca));
  Shard shard;
  Pair pair(shard);
  ASSERT_TRUE(pair.shake(server, TlsContext::client(files().client())));
  EXPECT_FALSE(pair.server.ok()) << "a client without a certificate";

  TlsSettings client;
  client.ca = settings.ca;
  EXPECT_THROW(TlsContext::client(client), StartError) << "and not the system's roots";
}

TEST(TlsContext, AClientCanBeMadeOfTexts) {
  const auto identity = files().authority.issue_client("embedded");
  const TlsMaterial material{.cert = identity.certificate, .key = identity.key, .ca = files().authority.certificate()};
  auto demanding = files().server();
  demanding.ca = files().ca;
  Shard shard;
  Pair pair(shard);
  ASSERT_TRUE(pair.shake(TlsContext::server(demanding), TlsContext::client({}, material)));
  ASSERT_TRUE(pair.server.ok()) << pair.server.text;
  EXPECT_EQ(pair.server.session().peer->common_name, "embedded");
}

TEST(TlsContext, TextsAreNamedByTheSettings) {
  TlsSettings names;
  names.ca = "certificate-authority-data of cluster c";
  try {
    TlsContext::client(names, TlsMaterial{.cert = {}, .key = {}, .ca = "nothing"});
    FAIL() << "a CA without certificates was taken";
  } catch (const StartError& error) {
    EXPECT_STREQ(error.what(), "CA of certificate-authority-data of cluster c holds no certificate in PEM format");
  }
}

TEST(TlsSettings, ComeFromTheNodesOfBothEnds) {
  using config::Node;
  Node server = Node::map({});
  server.add("cert", Node::scalar("c"));
  server.add("key", Node::scalar("k"));
  server.add("client_ca", Node::scalar("a"));
  server.add("min_version", Node::scalar("1.3"));
  server.add("alpn", Node::list({Node::scalar("x"), Node::scalar("h2")}));
  const auto from_server = TlsSettings::from(server);
  EXPECT_EQ(from_server.cert, "c");
  EXPECT_EQ(from_server.key, "k");
  EXPECT_EQ(from_server.ca, "a");
  EXPECT_EQ(from_server.min_version, "1.3");
  EXPECT_THAT(from_server.alpn, testing::ElementsAre("x", "h2"));

  Node client = Node::map({});
  client.add("ca", Node::scalar("b"));
  client.add("server_name", Node::scalar("name"));
  client.add("cipher_suites", Node::list({Node::scalar("s")}));
  const auto from_client = TlsSettings::from(client);
  EXPECT_EQ(from_client.ca, "b");
  EXPECT_EQ(from_client.server_name, "name");
  EXPECT_EQ(from_client.min_version, "1.2");
  EXPECT_THAT(from_client.cipher_suites, testing::ElementsAre("s"));
}

TEST(TlsSchema, NamesWhatSettingsRead) {
  const auto names = [](const config::Schema& schema) {
    std::vector<std::string> out;
    for (std::uint32_t i = 0; i < schema.field_count; ++i) out.emplace_back(schema.fields[i].name);
    return out;
  };
  EXPECT_THAT(names(config::tls_server_schema),
              testing::ElementsAre("cert", "key", "client_ca", "min_version", "cipher_suites", "alpn"));
  EXPECT_THAT(names(config::tls_client_schema),
              testing::ElementsAre("ca", "cert", "key", "server_name", "min_version", "cipher_suites", "alpn"));
}

}  // namespace
}  // namespace konduit::tls_test
