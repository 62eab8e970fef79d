#include <gmock/gmock.h>

#include "tls_fixture.hpp"

namespace konduit::tls_test {
namespace {

using testing::ElementsAre;

TEST(Certificate, TellsEverythingThatItSays) {
  auto settings = files().with("rich", files().authority.issue({.common_name = "Größe, Inc.",
                                                                .organizations = {"system:masters", "ops"},
                                                                .dns_names = {"localhost", "*.example.com"},
                                                                .ip_addresses = {"192.0.2.7", "2001:db8::7"},
                                                                .uris = {"spiffe://example/agent"},
                                                                .ends_in = std::chrono::hours(48)}));
  Shard shard;
  Pair pair(shard);
  ASSERT_TRUE(pair.shake(TlsContext::server(settings), TlsContext::client(files().client())));
  ASSERT_TRUE(pair.client.ok()) << pair.client.text;
  const auto& peer = *pair.client.session().peer;
  EXPECT_EQ(peer.subject, "CN=Größe\\, Inc.,O=ops,O=system:masters");
  EXPECT_EQ(peer.common_name, "Größe, Inc.");
  EXPECT_THAT(peer.organizations, ElementsAre("system:masters", "ops"));
  EXPECT_THAT(peer.dns_names, ElementsAre("localhost", "*.example.com"));
  EXPECT_THAT(peer.ip_addresses, ElementsAre("192.0.2.7", "2001:db8::7"));
  EXPECT_THAT(peer.uris, ElementsAre("spiffe://example/agent"));
  const auto left = peer.not_after - std::chrono::system_clock::now();
  EXPECT_GT(left, std::chrono::hours(47));
  EXPECT_LE(left, std::chrono::hours(48));
}

TEST(Certificate, IsThereOnTheServerOnlyWhenItAsked) {
  Shard shard;
  auto asking = files().server();
  asking.ca = files().ca;
  for (const bool asks : {false, true}) {
    Pair pair(shard);
    ASSERT_TRUE(pair.shake(TlsContext::server(asks ? asking : files().server()),
                           TlsContext::client(files().client_with_certificate())));
    ASSERT_TRUE(pair.server.ok()) << pair.server.text;
    ASSERT_EQ(pair.server.session().peer != nullptr, asks);
    if (asks) {
      EXPECT_EQ(pair.server.session().peer->subject, "CN=a client,O=testers");
    }
  }
}

}  // namespace
}  // namespace konduit::tls_test
