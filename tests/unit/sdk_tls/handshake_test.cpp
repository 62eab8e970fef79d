#include <gmock/gmock.h>

#include "konduit/stream_io.hpp"
#include "tls_fixture.hpp"

namespace konduit::tls_test {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testkit::MemoryStream;

class Handshake : public testing::Test {
 protected:
  /// True when both ends ended. `pair` is made anew.
  bool shake(const TlsSettings& server, const TlsSettings& client, std::string host = "localhost") {
    pair = std::make_unique<Pair>(shard);
    return pair->shake(TlsContext::server(server), TlsContext::client(client), std::move(host));
  }

  /// What the client is told when it first reads.
  error_code first_read() {
    Stream& stream = *pair->client.session().stream;
    StreamIo io(shard, stream);
    BufferQueue bytes;
    const auto got = testkit::await(shard, io.read_some(bytes, shard.now() + std::chrono::seconds(5)));
    return got ? error_code() : got.error();
  }

  Shard shard;
  std::unique_ptr<Pair> pair;
};

TEST_F(Handshake, SucceedsByNameAndByAddress) {
  for (const char* host : {"localhost", "localhost.", "127.0.0.1", "::1", "[::1]"}) {
    ASSERT_TRUE(shake(files().server(), files().client(), host));
    EXPECT_TRUE(pair->client.ok()) << host << ": " << pair->client.text;
    EXPECT_TRUE(pair->server.ok()) << host << ": " << pair->server.text;
  }
}

TEST_F(Handshake, VerifiesTheNameOfTheSettingsBeforeTheHost) {
  auto client = files().client();
  client.server_name = "localhost";
  ASSERT_TRUE(shake(files().server(), client, "somewhere.else"));
  EXPECT_TRUE(pair->client.ok()) << pair->client.text;
}

TEST_F(Handshake, RefusesACertificateForAnotherName) {
  ASSERT_TRUE(shake(files().server(), files().client(), "other.example"));
  ASSERT_FALSE(pair->client.ok());
  EXPECT_EQ(pair->client.error(), StreamErrc::protocol);
  EXPECT_THAT(pair->client.text,
              AllOf(HasSubstr("certificate verify failed"), HasSubstr("other.example"), HasSubstr("localhost")));
  EXPECT_FALSE(pair->server.ok());
  EXPECT_THAT(pair->server.text, HasSubstr("alert bad certificate"));
}

TEST_F(Handshake, RefusesACertificateForAnotherAddress) {
  ASSERT_TRUE(shake(files().server(), files().client(), "192.0.2.1"));
  ASSERT_FALSE(pair->client.ok());
  EXPECT_THAT(pair->client.text, AllOf(HasSubstr("IP address mismatch"), HasSubstr("192.0.2.1")));
}

TEST_F(Handshake, SaysThatACertificateIsOfAnotherAuthorityOfTheSameName) {
  // As after an authority was made anew: only the signature tells them apart.
  auto client = files().client();
  client.ca = files().directory.write("namesake.pem", test_support::Authority().certificate());
  ASSERT_TRUE(shake(files().server(), client));
  ASSERT_FALSE(pair->client.ok());
  EXPECT_THAT(pair->client.text, AllOf(HasSubstr("certificate verify failed"), HasSubstr("signature failure")));
}

TEST_F(Handshake, DoesNotTakeTheCommonNameForAHost) {
  const auto server = files().with("nameless", files().authority.issue({.common_name = "localhost"}));
  ASSERT_TRUE(shake(server, files().client()));
  EXPECT_FALSE(pair->client.ok());
}

TEST_F(Handshake, WithoutAnyHostIsRefusedAtOnce) {
  ASSERT_TRUE(shake(files().server(), files().client(), ""));
  ASSERT_FALSE(pair->client.ok());
  EXPECT_THAT(pair->client.text, HasSubstr("set server_name"));
}

TEST_F(Handshake, RefusesAnAuthorityThatItDoesNotKnow) {
  const test_support::Authority stranger("a stranger");
  ASSERT_TRUE(shake(files().with("strange", stranger.issue_server()), files().client()));
  ASSERT_FALSE(pair->client.ok());
  EXPECT_THAT(pair->client.text, AllOf(HasSubstr("certificate verify failed"), HasSubstr("issuer")));
  EXPECT_THAT(pair->server.text, HasSubstr("alert unknown ca"));
}

TEST_F(Handshake, RefusesACertificateThatHasEnded) {
  const auto server = files().with("ended", files().authority.issue({.common_name = "localhost",
                                                                     .dns_names = {"localhost"},
                                                                     .starts_in = -std::chrono::hours(2),
                                                                     .ends_in = -std::chrono::hours(1)}));
  ASSERT_TRUE(shake(server, files().client()));
  ASSERT_FALSE(pair->client.ok());
  EXPECT_THAT(pair->client.text, HasSubstr("certificate has expired"));
}

TEST_F(Handshake, TakesAChainAndAnAnchorInItsMiddle) {
  const auto middle = files().authority.issue_authority("in between");
  const auto server = files().with("chained", middle->issue_server());
  ASSERT_TRUE(shake(server, files().client()));
  EXPECT_TRUE(pair->client.ok()) << pair->client.text;
  auto client = files().client();
  client.ca = files().directory.write("middle.pem", middle->certificate());
  ASSERT_TRUE(shake(server, client));
  EXPECT_TRUE(pair->client.ok()) << pair->client.text;
}

TEST_F(Handshake, AsksClientsForACertificateWhereAnAuthorityIsGiven) {
  auto server = files().server();
  server.ca = files().ca;
  ASSERT_TRUE(shake(server, files().client()));
  ASSERT_FALSE(pair->server.ok());
  EXPECT_EQ(pair->server.text, "peer did not return a certificate");
  // A TLS 1.3 client is through before the server has judged it.
  ASSERT_TRUE(pair->client.ok());
  EXPECT_THAT(first_read().message(), HasSubstr("certificate required"));
}

TEST_F(Handshake, RefusesClientsOfAnotherAuthority) {
  const test_support::Authority stranger("a stranger");
  auto server = files().server();
  server.ca = files().ca;
  auto client = files().with("strange-client", stranger.issue_client("intruder"));
  client.ca = files().ca;
  ASSERT_TRUE(shake(server, client));
  ASSERT_FALSE(pair->server.ok());
  EXPECT_THAT(pair->server.text, AllOf(HasSubstr("certificate verify failed"), HasSubstr("CN=intruder")));
}

TEST_F(Handshake, AgreesOnTheServersFirstProtocol) {
  auto server = files().server();
  server.alpn = {"h2", "http/1.1"};
  auto client = files().client();
  client.alpn = {"http/1.1", "h2"};
  ASSERT_TRUE(shake(server, client));
  ASSERT_TRUE(pair->client.ok());
  EXPECT_EQ(pair->client.session().alpn, "h2");
  EXPECT_EQ(pair->server.session().alpn, "h2");
}

TEST_F(Handshake, GoesOnWithoutAProtocolWhereNoneIsRequired) {
  auto server = files().server();
  server.alpn = {"http/1.1"};
  auto client = files().client();
  client.alpn = {"h2"};
  ASSERT_TRUE(shake(server, client));
  ASSERT_TRUE(pair->client.ok() && pair->server.ok());
  EXPECT_EQ(pair->server.session().alpn, "");
}

TEST_F(Handshake, RefusesAPeerWithoutARequiredProtocol) {
  auto server = files().server();
  server.alpn = {"h2"};
  server.require_alpn = true;
  auto client = files().client();
  client.alpn = {"http/1.1"};
  ASSERT_TRUE(shake(server, client));
  EXPECT_FALSE(pair->server.ok());
  ASSERT_FALSE(pair->client.ok());
  EXPECT_THAT(pair->client.text, HasSubstr("no application protocol"));

  client.alpn.clear();
  ASSERT_TRUE(shake(server, client));
  ASSERT_FALSE(pair->server.ok());
  EXPECT_THAT(pair->server.text, AllOf(HasSubstr("no application protocol"), HasSubstr("h2")));

  client.alpn = {"h2"};
  client.require_alpn = true;
  ASSERT_TRUE(shake(files().server(), client));
  EXPECT_FALSE(pair->client.ok());
}

TEST_F(Handshake, KeepsToTheSuitesAndVersionsAllowed) {
  auto server = files().server();
  server.cipher_suites = {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"};
  auto client = files().client();
  client.min_version = "1.3";
  ASSERT_TRUE(shake(server, client));
  EXPECT_TRUE(pair->client.ok()) << "suites of TLS 1.2 leave those of 1.3 alone: " << pair->client.text;

  server.cipher_suites = {"TLS_AES_128_GCM_SHA256"};
  client.cipher_suites = {"TLS_AES_256_GCM_SHA384"};
  ASSERT_TRUE(shake(server, client));
  ASSERT_FALSE(pair->server.ok());
  EXPECT_EQ(pair->server.text, "no shared cipher");
  EXPECT_THAT(pair->client.text, HasSubstr("handshake failure"));
}

TEST_F(Handshake, SaysThatThePeerSpeaksPlainHttp) {
  auto ends = MemoryStream::make_pair(shard);
  BufferQueue request;
  request.push_back(shard.pool().copy("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  ASSERT_TRUE(ends.second->try_write(request));
  std::string text;
  const auto result =
      testkit::await(shard, tls_accept(shard, std::move(ends.first), TlsContext::server(files().server()),
                                       shard.now() + std::chrono::seconds(5), &text));
  ASSERT_TRUE(result.has_error());
  EXPECT_EQ(result.error(), StreamErrc::protocol);
  EXPECT_EQ(text, "the peer speaks plain HTTP");
}

TEST_F(Handshake, EndsAtItsDeadline) {
  shard.deadlines().fake_clock();
  auto ends = MemoryStream::make_pair(shard);
  TaskGroup tasks(shard);
  End end;
  const auto task = [](Shard* on, StreamPtr inner, TimePoint deadline, End* out) -> awaitable<void> {
    out->result.emplace(
        co_await tls_accept(*on, std::move(inner), TlsContext::server(files().server()), deadline, &out->text));
  };
  tasks.spawn(task(&shard, std::move(ends.first), shard.now() + std::chrono::seconds(10), &end));
  shard.run_ready();
  shard.deadlines().advance(std::chrono::milliseconds(9'999));
  shard.run_ready();
  EXPECT_FALSE(end.done());
  shard.deadlines().advance(std::chrono::milliseconds(2));
  ASSERT_TRUE(testkit::run_until(shard, [&] { return end.done(); }));
  EXPECT_EQ(end.error(), StreamErrc::timed_out);
  EXPECT_THAT(end.text, HasSubstr("timed out"));
  testkit::await(shard, tasks.join());
}

TEST_F(Handshake, EndsOnBothSidesWhereverTheConnectionBreaks) {
  const auto server = TlsContext::server(files().server());
  const auto client = TlsContext::client(files().client());
  unsigned failures = 0;
  for (const bool cut_client : {true, false}) {
    for (std::size_t bytes = 0;; ++bytes) {
      Pair cut(shard);
      (cut_client ? cut.client_inner : cut.server_inner)->fail_read_after(bytes, StreamErrc::reset);
      ASSERT_TRUE(cut.shake(server, client)) << "hangs when broken after " << bytes;
      const End& end = cut_client ? cut.client : cut.server;
      if (end.ok()) break;
      ++failures;
      ASSERT_FALSE(end.text.empty());
      ASSERT_LT(bytes, 20'000u);
    }
  }
  EXPECT_GT(failures, 500u);
}

TEST_F(Handshake, CanBeCancelledAnywhere) {
  struct Scenario final : testkit::CancelScenario {
    explicit Scenario(Shard& on) : shard(on), ends(MemoryStream::make_pair(on)), peers(on) {
      peers.spawn(answer(this));
    }
    static awaitable<void> answer(Scenario* self) {
      auto session = co_await tls_accept(self->shard, std::move(self->ends.first), TlsContext::server(files().server()),
                                         self->shard.now() + std::chrono::seconds(5), nullptr);
      if (session) self->server = std::move(session->stream);
    }
    awaitable<void> operation() override {
      auto session = co_await tls_connect(shard, std::move(ends.second), TlsContext::client(files().client()),
                                          "localhost", shard.now() + std::chrono::seconds(5), nullptr);
      connected = session.has_value();
    }
    void check(bool cancelled) override {
      EXPECT_TRUE(connected || cancelled);
      testkit::await(shard, peers.join());
      server.reset();
      shard.run_ready();
      EXPECT_EQ(shard.pool().in_use(), 0u);
    }
    Shard& shard;
    MemoryStream::Ends ends;
    TaskGroup peers;
    StreamPtr server;
    bool connected = false;
  };
  EXPECT_GT(testkit::cancel_at_every_step([](Shard& on) { return std::make_unique<Scenario>(on); }), 3u);
}

}  // namespace
}  // namespace konduit::tls_test
