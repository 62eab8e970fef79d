#include <gtest/gtest.h>

#include <string>

#include "loopback.hpp"
#include "socket/socket_stream.hpp"
#include "support/counted_allocations.hpp"

namespace konduit::socket {
namespace {

using test_support::allocations;

/// Sends back what it reads, as a relay would: until it would block, with what is not taken kept for later.
class Echo final : public Stream::Observer {
 public:
  explicit Echo(Stream& stream) : stream_(stream) { stream_.observe(this); }
  void on_readable() override { advance(); }
  void on_writable() override { advance(); }
  void on_closed(error_code) override {}

  void advance() {
    for (;;) {
      if (!queue_.empty() && (stream_.try_write(queue_).has_error() || !queue_.empty())) return;
      if (stream_.try_read(queue_, {}).has_error()) return;
    }
  }

 private:
  Stream& stream_;
  BufferQueue queue_;
};

class AllocationsTest : public ::testing::TestWithParam<Family> {};

/// Sends `text` through the echo `times` times.
void exchange(test::Rig& rig, const std::string& text, int times) {
  std::string back(text.size(), '\0');
  for (int i = 0; i < times; ++i) {
    std::size_t sent = 0;
    std::size_t received = 0;
    while (received < text.size()) {
      const ssize_t out = ::send(rig.peer.get(), text.data() + sent, text.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (out > 0) sent += static_cast<std::size_t>(out);
      rig.shard.run_ready();
      const ssize_t in = ::recv(rig.peer.get(), back.data() + received, text.size() - received, MSG_DONTWAIT);
      if (in > 0) received += static_cast<std::size_t>(in);
    }
    ASSERT_TRUE(back == text);
  }
}

TEST_P(AllocationsTest, AWarmStreamAllocatesNothingForSmallMessages) {
  test::Rig rig(GetParam());
  Echo echo(*rig.stream);
  echo.advance();
  const std::string text(64, 'x');
  std::string room(text.size(), '\0');
  exchange(rig, text, 100);
  const std::size_t before = allocations();
  exchange(rig, text, 1000);
  // The test's own string.
  EXPECT_LE(allocations() - before, 1u);
}

TEST_P(AllocationsTest, AWarmStreamAllocatesNothingForBulk) {
  test::Rig rig(GetParam());
  Echo echo(*rig.stream);
  echo.advance();
  const std::string text(4 * 1024 * 1024, 'x');
  exchange(rig, text, 5);
  const std::size_t before = allocations();
  exchange(rig, text, 10);
  EXPECT_LE(allocations() - before, 1u);
}

INSTANTIATE_TEST_SUITE_P(Families, AllocationsTest, ::testing::Values(Family::tcp, Family::local),
                         [](const auto& family) { return family.param == Family::tcp ? "Tcp" : "Local"; });

}  // namespace
}  // namespace konduit::socket
