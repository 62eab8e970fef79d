#include "transport-uds/uds_transport.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "konduit/shard.hpp"
#include "socket/errors.hpp"
#include "socket/file_descriptor.hpp"
#include "socket/socket_stream.hpp"

#include "transport-uds/bind.hpp"
#include "transport-uds/uds_url.hpp"

namespace konduit::transport_uds {

namespace {

/// How often a full backlog is tried again: nothing tells when there is room.
constexpr Duration kRetry = std::chrono::milliseconds(10);

/// 0 or errno.
int connect_once(socket::FileDescriptor& descriptor, const std::string& path) noexcept {
  descriptor = socket::FileDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!descriptor) return errno;
  const sockaddr_un address = address_of(path);
  return ::connect(descriptor.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
}

Connector::Failure failure_of(const std::string& path, int number) {
  const error_code code = socket::exhausted(number) ? StreamErrc::overloaded : StreamErrc::hangup;
  return {code, "dial unix " + path + ": connect: " + socket::error_words(number)};
}

}  // namespace

std::string UdsTransport::check(const std::string& url) const { return parse_uds_url(url).error; }

std::unique_ptr<Binding> UdsTransport::bind(const config::Node& endpoint) const { return bind_uds(endpoint); }

awaitable<boost::system::result<Connection, Connector::Failure>> UdsTransport::connect(Shard& shard, std::string url,
                                                                                       Liveness,
                                                                                       TimePoint deadline) const {
  using Failure = Connector::Failure;
  const UdsUrl parsed = parse_uds_url(url);
  if (!parsed.error.empty()) co_return Failure{StreamErrc::protocol, parsed.error};
  socket::FileDescriptor descriptor;
  for (int number; (number = connect_once(descriptor, parsed.path)) != 0;) {
    if (number == EINTR) continue;
    if (number != EAGAIN) co_return failure_of(parsed.path, number);
    if (shard.now() >= deadline) co_return Failure{StreamErrc::timed_out, "dial unix " + parsed.path + ": i/o timeout"};
    descriptor.close();
    if (co_await shard.deadlines().wait_until(std::min(deadline, shard.now() + kRetry))) {
      co_return Failure{StreamErrc::cancelled, "dial unix " + parsed.path + ": operation was canceled"};
    }
  }
  error_code failure;
  auto stream = socket::make_stream(shard, std::move(descriptor), socket::Family::local, failure);
  if (!stream) co_return Failure{StreamErrc::overloaded, "cannot watch a socket: " + failure.message()};
  Connection connection;
  connection.stream = std::move(stream);
  connection.peer.address = std::move(url);
  co_return connection;
}

}  // namespace konduit::transport_uds
