// kube-apiserver gives up when a byte of the tunnel comes in the same read as the 200, and endpoints may speak first.
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "server_and_agents.hpp"

namespace konduit::programs {
namespace {

using test_support::kEstablished;
using test_support::Peer;

constexpr int kRuns = 200;
constexpr std::string_view kGreeting = "the endpoint speaks first";

struct TlsDelete {
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
  void operator()(SSL* session) const noexcept { SSL_free(session); }
};

/// TLS on a peer's socket, read a record at a time.
class TlsPeer {
 public:
  TlsPeer(Peer peer, const std::string& ca_file) : context_(SSL_CTX_new(TLS_client_method())), peer_(std::move(peer)) {
    EXPECT_EQ(SSL_CTX_load_verify_locations(context_.get(), ca_file.c_str(), nullptr), 1);
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    session_.reset(SSL_new(context_.get()));
    SSL_set_fd(session_.get(), peer_.descriptor());
    EXPECT_EQ(SSL_connect(session_.get()), 1) << ERR_reason_error_string(ERR_get_error());
  }

  void write(std::string_view text) {
    EXPECT_EQ(SSL_write(session_.get(), text.data(), static_cast<int>(text.size())), static_cast<int>(text.size()));
  }
  /// SSL_read never hands out more than one record.
  std::string read_record() {
    std::string record(16 * 1024, '\0');
    const int got = SSL_read(session_.get(), record.data(), static_cast<int>(record.size()));
    record.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return record;
  }

 private:
  std::unique_ptr<SSL_CTX, TlsDelete> context_;
  Peer peer_;
  std::unique_ptr<SSL, TlsDelete> session_;
};

class FirstBytes : public ServerAndAgents {
 protected:
  void SetUp() override { start(); }
};

TEST_F(FirstBytes, FollowTheAnswerInARecordOfTheirOwnOverTls) {
  for (int run = 0; run < kRuns; ++run) {
    TlsPeer client(Peer::connect(tls_url()), ca_file());
    client.write(test_support::connect_request(endpoint_.target()));
    Peer target = endpoint_.accept();
    target.write(kGreeting);
    ASSERT_EQ(client.read_record(), kEstablished) << run;
    ASSERT_EQ(client.read_record(), kGreeting) << run;
  }
}

TEST_F(FirstBytes, WaitUntilTheClientHasTakenTheAnswerOverAUnixSocket) {
  Tunnel other = open_tunnel();
  for (int run = 0; run < kRuns; ++run) {
    Peer client = Peer::connect(socket_url());
    client.write(test_support::connect_request(endpoint_.target()));
    Peer target = endpoint_.accept();
    target.write(kGreeting);
    client.await_readable();
    // What the endpoint said is at the server by now: the same agent has carried later bytes there and back.
    expect_flow(other.client, other.target);
    ASSERT_EQ(client.unread(), kEstablished.size()) << run;
    ASSERT_EQ(client.read_some(), kEstablished) << run;
    ASSERT_EQ(client.read(kGreeting.size()), kGreeting) << run;
  }
}

}  // namespace
}  // namespace konduit::programs
