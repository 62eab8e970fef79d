#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <utility>

#include "konduit/testkit/stream_conformance.hpp"
#include "loopback.hpp"
#include "socket/socket_stream.hpp"

namespace konduit::testkit {
namespace {

using socket::Family;

/// Two streams over one real connection of this host.
class Loopback final : public ConnectedStreams {
 public:
  explicit Loopback(Family family) {
    auto ends = socket::test::ends_of(family);
    first = stream_of(std::move(ends.first), family);
    second = stream_of(std::move(ends.second), family);
  }
  Shard& shard() override { return shard_; }

 private:
  StreamPtr stream_of(socket::FileDescriptor descriptor, Family family) {
    error_code failure;
    auto stream = socket::make_stream(shard_, std::move(descriptor), family, failure);
    if (!stream) throw std::runtime_error(failure.message());
    return stream;
  }

  Shard shard_;
};

std::unique_ptr<ConnectedStreams> connect_tcp() { return std::make_unique<Loopback>(Family::tcp); }
std::unique_ptr<ConnectedStreams> connect_local() { return std::make_unique<Loopback>(Family::local); }

INSTANTIATE_TEST_SUITE_P(
    Socket, StreamConformance,
    // A TCP peer that closes is not told from one that has nothing more to say, and a Unix socket knows no reset.
    testing::Values(StreamKind{"Tcp", connect_tcp, {.hangup = false}},
                    StreamKind{"Local", connect_local, {.reset = false}}),
    kind_name);

}  // namespace
}  // namespace konduit::testkit
