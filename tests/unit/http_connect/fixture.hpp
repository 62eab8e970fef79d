#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http-connect/frontend.hpp"
#include "konduit/event.hpp"
#include "konduit/testkit/run.hpp"
#include "konduit/testkit/stream_user.hpp"
#include "konduit/testkit/test_host.hpp"

namespace konduit::http_connect {

/// A pipeline that answers as the test says, when it says so.
class FakeDialer final : public Dialer {
 public:
  explicit FakeDialer(Shard& shard) : answered_(shard) {}

  awaitable<DialResult<std::unique_ptr<Tunnel>>> dial(DialRequest request) override;
  /// Lets every dial, also those to come, succeed or fail.
  void succeed() { answered_.set(); }
  void fail(DialError error);

  std::vector<DialRequest> requests;
  std::vector<StreamPtr> spliced;
  bool patient = false;  ///< Dials go on although they are cancelled.
  unsigned cancelled = 0;
  unsigned dropped = 0;  ///< Tunnels that were given back unused.

 private:
  class FakeTunnel;
  Event answered_;
  std::optional<DialError> error_;
};

class FakeAuthenticator final : public AuthenticatorPart {
 public:
  awaitable<boost::system::result<Identity, Refusal>> authenticate(const Credentials& credentials) override;
  std::optional<Refusal> refusal;
  bool throws = false;
  std::string token;
};

/// The frontend on one shard, over the test kit's network.
class FrontendTest : public testing::Test {
 protected:
  void SetUp() override { shard.deadlines().fake_clock(); }
  void TearDown() override;

  void start(bool with_authenticator = false);
  std::unique_ptr<testkit::StreamUser> connect(Peer peer = {});
  /// Connects, sends, and goes on reading.
  std::unique_ptr<testkit::StreamUser> request(std::string_view head);
  std::unique_ptr<testkit::StreamUser> request_target(std::string_view target) {
    return request("CONNECT " + std::string(target) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  }
  bool until(const std::function<bool()>& done) { return testkit::run_until(shard, done); }
  void settle() {
    for (int i = 0; i < 10; ++i) shard.run_ready();
  }
  void pass(Duration time) {
    shard.deadlines().advance(time);
    settle();
  }
  std::uint64_t counted(std::string_view code) {
    return host.metrics().counted("konduit_http_connect_requests_total", {{"code", code}});
  }
  std::int64_t open_connections() { return host.metrics().gauged("konduit_frontend_connections"); }

  Shard shard;
  testkit::TestHost host{shard, "http-connect/ops"};
  testkit::TestAttachment attachment{shard};
  FakeDialer dialer{shard};
  FakeAuthenticator authenticator;
  std::unique_ptr<HttpConnect> component;
  std::unique_ptr<FrontendPart> part;
};

}  // namespace konduit::http_connect
