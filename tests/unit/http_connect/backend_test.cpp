#include "http-connect/backend.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>

#include "config/configuration.hpp"
#include "konduit/task_group.hpp"
#include "konduit/testkit/run.hpp"
#include "konduit/testkit/stream_user.hpp"
#include "konduit/testkit/test_host.hpp"

namespace konduit::http_connect {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testkit::StreamUser;

constexpr const char* kUrl = "tcp://proxy:3128";

config::Node node(const std::string& more = {}) {
  config::Problems problems;
  auto read = config::read_text("url: \"tcp://proxy:3128\"\ndial_timeout: 10s\nmax_head: 1KiB\n" + more, "f", problems);
  EXPECT_EQ(problems.text(), "");
  return *read;
}

/// The backend on one shard, and a proxy that the test plays.
class HttpProxyTest : public ::testing::Test, private Listener::Handler {
 protected:
  void SetUp() override { shard_.deadlines().fake_clock(); }
  void TearDown() override {
    tasks_.cancel();
    testkit::await(shard_, tasks_.join());
    part_.reset();
    if (listener_) listener_->stop(shard_);
  }

  void dial(const std::string& more = {}) {
    listener_ = host_.network.listen(kUrl);
    listener_->start(shard_, *this);
    dial_nobody(more);
    ASSERT_TRUE(until([this] { return proxy_ != nullptr; }));
  }
  void dial_nobody(const std::string& more = {}) {
    backend_.emplace(node(more), host_);
    testkit::await(shard_, backend_->prepare());
    testkit::TestAttachment attachment(shard_);
    part_ = backend_->attach(attachment);
    request_.target = {"10.0.0.1", 443};
    tasks_.spawn(run(this));
  }
  bool until(const std::function<bool()>& done) { return testkit::run_until(shard_, done); }
  bool until_asked() {
    return until([this] { return proxy_->received().ends_with("\r\n\r\n"); });
  }
  bool until_answered() {
    return until([this] { return result_.has_value(); });
  }
  DialError failure() {
    EXPECT_TRUE(until_answered());
    EXPECT_FALSE(*result_);
    return result_->has_error() ? result_->error() : DialError{};
  }

  Shard shard_;
  testkit::TestHost host_{shard_, "http-connect/proxy"};
  std::unique_ptr<StreamUser> proxy_;
  std::optional<DialResult<StreamPtr>> result_;
  TaskGroup tasks_{shard_};

 private:
  static awaitable<void> run(HttpProxyTest* test) {
    co_await asio::this_coro::throw_if_cancelled(false);
    test->result_.emplace(co_await test->part_->dial(test->request_));
  }
  void on_connection(Connection connection) override {
    proxy_ = std::make_unique<StreamUser>(shard_, std::move(connection.stream));
    proxy_->receive();
  }

  DialRequest request_;
  std::shared_ptr<Listener> listener_;
  std::optional<HttpProxy> backend_;
  std::unique_ptr<BackendPart> part_;
};

TEST_F(HttpProxyTest, AsksForTheTargetAndHandsTheTunnelOver) {
  dial();
  ASSERT_TRUE(until_asked());
  EXPECT_EQ(proxy_->received(), "CONNECT 10.0.0.1:443 HTTP/1.1\r\nHost: 10.0.0.1:443\r\n\r\n");
  // What follows the answer is the tunnel's, also in the same piece.
  proxy_->send("HTTP/1.1 200 OK\r\nVia: x\r\n\r\nhello");
  ASSERT_TRUE(until_answered());
  ASSERT_TRUE(*result_);
  StreamUser tunnel(shard_, std::move(**result_));
  tunnel.receive();
  tunnel.send("ping");
  EXPECT_TRUE(until([&] { return tunnel.received() == "hello" && proxy_->received().ends_with("\r\n\r\nping"); }));
}

TEST_F(HttpProxyTest, SaysWhoItIs) {
  dial("username: Aladdin\npassword: \"open sesame\"\n");
  ASSERT_TRUE(until_asked());
  EXPECT_THAT(proxy_->received(), HasSubstr("\r\nProxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"));
}

TEST_F(HttpProxyTest, TellsWhyTheProxyRefused) {
  dial();
  ASSERT_TRUE(until_asked());
  proxy_->send("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
  const DialError error = failure();
  EXPECT_EQ(error.code, DialErrc::denied);
  EXPECT_FALSE(error.retryable);
  EXPECT_EQ(error.text,
            "the proxy tcp://proxy:3128 answered HTTP/1.1 407 Proxy Authentication Required: it wants another username "
            "and password");
}

TEST_F(HttpProxyTest, TakesNoOtherProtocolForAnAnswer) {
  dial();
  ASSERT_TRUE(until_asked());
  proxy_->send("SSH-2.0-OpenSSH\r\n\r\n");
  EXPECT_THAT(failure().text, HasSubstr("is no HTTP proxy"));
}

TEST_F(HttpProxyTest, ReadsNoEndlessHead) {
  dial();
  ASSERT_TRUE(until_asked());
  proxy_->send("HTTP/1.1 200 OK\r\nX: " + std::string(2000, 'x'));
  EXPECT_EQ(failure().code, DialErrc::peer_gone);
}

TEST_F(HttpProxyTest, WaitsNoLongerThanItsTimeout) {
  dial();
  ASSERT_TRUE(until_asked());
  shard_.deadlines().advance(11s);
  EXPECT_EQ(failure().code, DialErrc::timeout);
}

TEST_F(HttpProxyTest, IsToldOfAProxyThatLeaves) {
  dial();
  ASSERT_TRUE(until_asked());
  proxy_->close();
  const DialError error = failure();
  EXPECT_EQ(error.code, DialErrc::peer_gone);
  EXPECT_TRUE(error.retryable);
}

TEST_F(HttpProxyTest, TellsWhereNobodyListens) {
  dial_nobody();
  const DialError error = failure();
  EXPECT_TRUE(error.retryable);
  EXPECT_THAT(error.text, HasSubstr("the proxy tcp://proxy:3128: "));
}

TEST_F(HttpProxyTest, LeavesNothingBehindWhenItIsCancelled) {
  dial();
  ASSERT_TRUE(until_asked());
  tasks_.cancel();
  EXPECT_EQ(failure().code, DialErrc::cancelled);
  EXPECT_TRUE(until([this] { return bool(proxy_->read_end()); }));
}

TEST_F(HttpProxyTest, WantsToKnowSoonThatTheProxyHasVanished) {
  dial("liveness: {enabled: true, idle: 7s, interval: 1s, probes: 2, user_timeout: 9s}\n");
  ASSERT_EQ(host_.connected().size(), 1U);
  EXPECT_TRUE(host_.connected()[0].liveness.enabled);
  EXPECT_EQ(host_.connected()[0].liveness.idle, 7s);
  EXPECT_EQ(host_.connected()[0].liveness.user_timeout, 9s);
}

TEST_F(HttpProxyTest, RefusesSettingsThatCannotBe) {
  const HttpProxy one(node("password: x\n"), host_);
  const HttpProxy other(node("username: \"a:b\"\n"), host_);
  ASSERT_EQ(host_.reports().size(), 2U);
  EXPECT_EQ(host_.reports()[0].what, "needs username as well");
  EXPECT_EQ(host_.reports()[1].what, "cannot hold ':' (RFC 7617)");
}

TEST(UpstreamStatus, IsThatOfAnHttpAnswer) {
  EXPECT_EQ(status_of("HTTP/1.1 200 OK\r\n\r\n"), 200U);
  EXPECT_EQ(status_of("HTTP/1.0 200\r\n\r\n"), 200U);
  for (const char* head : {"", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 20", "HTTP/1.1 2000 x", "HTTP/1.1 abc x",
                           "HTTP/2 200 ", "HTTP/1.1 -20 x", "HTTP/1.1 099 x"}) {
    EXPECT_EQ(status_of(head), std::nullopt) << head;
  }
}

TEST(UpstreamCredentials, AreBase64) {
  const auto line = [](std::string user, std::string password) {
    const std::string request =
        connect_request({"h", 1}, ProxyCredentials{.username = std::move(user), .password = std::move(password)});
    const auto begin = request.find("Basic ") + 6;
    return request.substr(begin, request.find("\r\n", begin) - begin);
  };
  EXPECT_EQ(line("", ""), "Og==");
  EXPECT_EQ(line("a", ""), "YTo=");
  EXPECT_EQ(line("a", "b"), "YTpi");
  EXPECT_EQ(line("\xff", "\xfe"), "/zr+");
}

}  // namespace
}  // namespace konduit::http_connect
