#include "transport-tcp/tcp_transport.hpp"

#include <gtest/gtest.h>

#include "konduit/error.hpp"
#include "konduit/testkit/run.hpp"
#include "konduit/testkit/test_host.hpp"
#include "network.hpp"

namespace konduit::transport_tcp {
namespace {

using testkit::await;

config::Node endpoint(const std::string& url) {
  return config::Node::map({{"url", config::Node::scalar(url), {}}, {"backlog", config::Node::scalar("16"), {}}});
}

class TcpTransportTest : public ::testing::Test {
 protected:
  std::string refusal(const std::string& url) {
    try {
      transport_.bind(endpoint(url));
    } catch (const StartError& error) {
      return error.what();
    }
    return "nothing was thrown";
  }
  auto connect(const std::string& url, Liveness liveness = {}) {
    return await(shard_, transport_.connect(shard_, url, liveness, shard_.now() + std::chrono::seconds(5)));
  }

  Shard shard_;
  testkit::TestHost host_{shard_};
  TcpTransport transport_{config::Node(), host_};
};

TEST_F(TcpTransportTest, NamesThePortThatWasBound) {
  const auto binding = transport_.bind(endpoint("tcp://127.0.0.1:0"));
  EXPECT_TRUE(binding->url().starts_with("tcp://127.0.0.1:")) << binding->url();
  EXPECT_FALSE(binding->url().ends_with(":0"));
}

TEST_F(TcpTransportTest, ConnectsToWhatItListensOn) {
  const auto binding = transport_.bind(endpoint("tcp://localhost:0"));
  const auto acceptor = binding->open(shard_, {});
  auto connected = connect(binding->url());
  ASSERT_TRUE(connected.has_value()) << connected.error().text;
  EXPECT_EQ(connected->peer.address, binding->url());
  auto accepted = await(shard_, acceptor->accept());
  ASSERT_TRUE(accepted.has_value());
  EXPECT_TRUE(accepted->address.starts_with("tcp://127.0.0.1:")) << accepted->address;
}

TEST_F(TcpTransportTest, ListensOnAllAddressesOfBothFamilies) {
  const auto binding = transport_.bind(endpoint("tcp://:0"));
  const auto acceptor = binding->open(shard_, {});
  const std::string port = binding->url().substr(binding->url().rfind(':'));
  auto connected = connect("tcp://127.0.0.1" + port);
  ASSERT_TRUE(connected.has_value()) << connected.error().text;
  auto accepted = await(shard_, acceptor->accept());
  ASSERT_TRUE(accepted.has_value());
  EXPECT_TRUE(accepted->address.starts_with("tcp://127.0.0.1:")) << accepted->address;
}

TEST_F(TcpTransportTest, SharesAListenerBetweenShards) {
  const auto binding = transport_.bind(endpoint("tcp://127.0.0.1:0"));
  Shard other(1);
  const auto here = binding->open(shard_, {});
  const auto there = binding->open(other, {});
  auto connected = connect(binding->url());
  ASSERT_TRUE(connected.has_value());
  EXPECT_TRUE(await(other, there->accept()).has_value());
}

TEST_F(TcpTransportTest, NoticesADeadPeerAsFastAsItIsTold) {
  const test::Listening listening;
  const auto url = "tcp://127.0.0.1:" + std::to_string(listening.endpoint().port());
  const std::size_t next = static_cast<std::size_t>(socket::FileDescriptor(::dup(0)).get());
  const auto connected = connect(url, {.enabled = true});
  ASSERT_TRUE(connected.has_value());
  // The stream does not show its descriptor: it is the newest one.
  int idle = 0;
  int timeout = 0;
  for (int number = static_cast<int>(next); number < static_cast<int>(next) + 16 && timeout == 0; ++number) {
    socklen_t size = sizeof idle;
    ::getsockopt(number, IPPROTO_TCP, TCP_KEEPIDLE, &idle, &size);
    size = sizeof timeout;
    ::getsockopt(number, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, &size);
  }
  EXPECT_EQ(idle, 5);
  EXPECT_EQ(timeout, 11'000);
}

TEST_F(TcpTransportTest, SaysWhoIsInTheWay) {
  const auto binding = transport_.bind(endpoint("tcp://127.0.0.1:0"));
  const std::string text = refusal(binding->url());
  EXPECT_NE(text.find(binding->url()), std::string::npos) << text;
  EXPECT_NE(text.find("address is in use"), std::string::npos) << text;
}

TEST_F(TcpTransportTest, ListensOnAddressesOnly) {
  EXPECT_NE(refusal("tcp://node.example:80").find("must be an address"), std::string::npos);
  EXPECT_NE(refusal("tcp://192.0.2.1:0").find("no interface"), std::string::npos) << refusal("tcp://192.0.2.1:0");
}

TEST_F(TcpTransportTest, ChecksUrls) {
  EXPECT_EQ(transport_.check("tcp://node.example:80"), "");
  EXPECT_NE(transport_.check("tcp://node.example"), "");
}

TEST_F(TcpTransportTest, SaysWhyItCannotConnect) {
  const auto port = std::to_string(test::closed_port().port());
  const auto refused = connect("tcp://127.0.0.1:" + port);
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().text, "dial tcp 127.0.0.1:" + port + ": connect: connection refused");
  EXPECT_TRUE(connect("tcp://127.0.0.1:0").has_error());
  EXPECT_TRUE(connect("tcp://:80").has_error());
}

}  // namespace
}  // namespace konduit::transport_tcp
