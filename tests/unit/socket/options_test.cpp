#include "socket/options.hpp"

#include <gtest/gtest.h>

#include "loopback.hpp"

namespace konduit::socket {
namespace {

using namespace std::chrono_literals;

int option(int descriptor, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  EXPECT_EQ(::getsockopt(descriptor, level, name, &value, &size), 0);
  return value;
}

struct Keepalive {
  explicit Keepalive(const Liveness& liveness) {
    const FileDescriptor tcp(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    set_tcp_options(tcp.get(), liveness);
    on = option(tcp.get(), SOL_SOCKET, SO_KEEPALIVE) == 1;
    idle = option(tcp.get(), IPPROTO_TCP, TCP_KEEPIDLE);
    interval = option(tcp.get(), IPPROTO_TCP, TCP_KEEPINTVL);
    probes = option(tcp.get(), IPPROTO_TCP, TCP_KEEPCNT);
    user_timeout = option(tcp.get(), IPPROTO_TCP, TCP_USER_TIMEOUT);
  }
  bool on = false;
  int idle = 0;
  int interval = 0;
  int probes = 0;
  int user_timeout = 0;
};

TEST(TcpOptions, NoticeADeadPeerWithinElevenSecondsWhereLivenessIsEnabled) {
  const Keepalive set({.enabled = true});
  EXPECT_TRUE(set.on);
  EXPECT_EQ(set.idle, 5);
  EXPECT_EQ(set.interval, 2);
  EXPECT_EQ(set.probes, 3);
  EXPECT_EQ(set.user_timeout, 11'000);
}

TEST(TcpOptions, TakeTheirOwnPaceWhereItIsNot) {
  const Keepalive set({.enabled = false, .idle = 1s, .interval = 1s, .probes = 1, .user_timeout = 1s});
  EXPECT_TRUE(set.on);
  EXPECT_EQ(set.idle, 15);
  EXPECT_EQ(set.interval, 15);
  EXPECT_EQ(set.probes, 9);
  EXPECT_EQ(set.user_timeout, 0);
}

TEST(TcpOptions, RoundUpToWhatTheSystemCanSay) {
  const Keepalive set({.enabled = true, .idle = 1500ms, .interval = 10ms, .probes = 7, .user_timeout = 1500us});
  EXPECT_EQ(set.idle, 2);
  EXPECT_EQ(set.interval, 1);
  EXPECT_EQ(set.probes, 7);
  EXPECT_EQ(set.user_timeout, 2);
}

TEST(TcpOptions, LeaveUnacknowledgedBytesToTheSystemWithoutAUserTimeout) {
  EXPECT_EQ(Keepalive({.enabled = true, .user_timeout = 0s}).user_timeout, 0);
}

}  // namespace
}  // namespace konduit::socket
