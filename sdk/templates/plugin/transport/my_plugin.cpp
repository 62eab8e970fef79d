#include "my_plugin.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include <konduit/error.hpp>
#include <konduit/shard.hpp>

namespace my_plugin_plugin {
namespace {

namespace asio = konduit::asio;
using asio::local::stream_protocol;
using konduit::awaitable;
using konduit::error_code;
using konduit::StreamErrc;

constexpr std::string_view kScheme = "my-plugin://";
// sun_path of sockaddr_un, less the zero in front that makes a name abstract.
constexpr std::size_t kLongestName = 107;
// How often a full backlog is tried again: nothing tells when there is room.
constexpr auto kRetry = std::chrono::milliseconds(10);
// Up to this many bytes a copy is cheaper than the memory that a large block would keep busy.
constexpr std::size_t kCopied = 2048;

error_code system_error(int number) { return {number, boost::system::system_category()}; }

/// REQUIRES: the url has been checked.
stream_protocol::endpoint address_of(std::string_view url) {
  const std::string_view name = url.substr(kScheme.size());
  return name.empty() ? stream_protocol::endpoint() : stream_protocol::endpoint('\0' + std::string(name));
}

/// A connected socket as a stream. Writes go to the system inside try_write(), so nothing is ever queued here.
class SocketStream final : public konduit::Stream {
 public:
  SocketStream(konduit::Shard& shard, konduit::UnixSocket socket, std::string remote)
      : shard_(shard), socket_(std::move(socket)), remote_(std::move(remote)) {
    error_code ignored;
    socket_.non_blocking(true, ignored);
    arm(Wait::hangup);  // for good: this is how the end is learnt while nobody reads
  }
  ~SocketStream() override { *self_ = nullptr; }

  void observe(Observer* observer) override {
    observer_ = observer;
    if (observer_ && owed_) post_closed();
  }

  konduit::Result<std::size_t> try_read(konduit::BufferQueue& into, const konduit::ReadShape& shape) override {
    if (closed_) return error_code(StreamErrc::closed);
    if (read_end_) return read_end_;
    if (!armed(Wait::read)) {
      const std::size_t most = std::max<std::size_t>(std::min(shape.payload, shape.limit), 1);
      konduit::Buffer block = shard_.pool().allocate(most, shape.headroom);
      error_code failure;
      const std::size_t got = socket_.read_some(asio::buffer(block.data(), block.size()), failure);
      if (!failure) {
        block.truncate(got);
        into.push_back(got <= kCopied ? shard_.pool().copy(block.text(), shape.headroom) : std::move(block));
        return got;
      }
      if (failure != asio::error::would_block) return read_end_ = end_by(failure);
    }
    arm(Wait::read);
    return error_code(StreamErrc::would_block);
  }

  konduit::Result<std::size_t> try_write(konduit::BufferQueue& from) override {
    if (closed_ || half_closed_) return error_code(StreamErrc::closed);
    if (write_end_) return write_end_;
    std::size_t taken = 0;
    while (!from.empty() && !armed(Wait::write)) {
      const auto sent = send(from);
      if (sent) {
        from.consume(*sent);
        taken += *sent;
        continue;
      }
      if (sent.error() != asio::error::would_block) write_end_ = end_by(sent.error());
      if (write_end_ && taken == 0) return write_end_;
      arm(Wait::write);  // comes at once where the connection is broken
    }
    if (taken == 0 && !from.empty()) return error_code(StreamErrc::would_block);
    return taken;
  }

  bool half_close() override {
    error_code ignored;
    if (!closed_ && !std::exchange(half_closed_, true)) socket_.shutdown(konduit::UnixSocket::shutdown_send, ignored);
    return true;
  }

  void close() override {
    if (std::exchange(closed_, true)) return;
    // The system has taken everything. What has come and was not read must go first, or it would tell the peer of a
    // reset instead of an end; behind the shutdown nothing more comes.
    error_code failure;
    socket_.shutdown(konduit::UnixSocket::shutdown_both, failure);
    std::array<std::byte, 4096> dropped;
    while (!failure) socket_.read_some(asio::buffer(dropped), failure);
    socket_.close(failure);
    if (told_) return;
    owed_ = error_code();
    post_closed();
  }

  void reset(konduit::ResetReason) override {
    told_ = true;
    owed_.reset();
    error_code ignored;
    if (!std::exchange(closed_, true)) socket_.close(ignored);
  }

  std::string_view remote() const override { return remote_; }

 private:
  enum class Wait : std::size_t { read, write, hangup };

  static error_code end_by(const error_code& failure) {
    if (failure == asio::error::eof) return StreamErrc::end_of_stream;
    return failure == asio::error::broken_pipe ? StreamErrc::hangup : StreamErrc::reset;
  }

  konduit::Result<std::size_t> send(const konduit::BufferQueue& from) {
    std::array<iovec, 16> vectors;
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = from.gather(vectors);
    ssize_t sent = 0;
    do {
      sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) return system_error(errno);
    return static_cast<std::size_t>(sent);
  }

  bool& armed(Wait wait) { return armed_[static_cast<std::size_t>(wait)]; }

  void arm(Wait wait) {
    constexpr std::array kTypes{konduit::UnixSocket::wait_read, konduit::UnixSocket::wait_write,
                                konduit::UnixSocket::wait_error};
    if (std::exchange(armed(wait), true)) return;
    socket_.async_wait(kTypes[static_cast<std::size_t>(wait)], [self = self_, wait](const error_code& failure) {
      if (*self && !failure) (*self)->on_ready(wait);
    });
  }

  void on_ready(Wait wait) {
    armed(wait) = false;
    if (closed_) return;
    if (wait == Wait::hangup) {
      look_for_hangup();
    } else if (observer_ && wait == Wait::read) {
      observer_->on_readable();
    } else if (observer_) {
      observer_->on_writable();
    }
  }

  void look_for_hangup() {
    pollfd now{.fd = socket_.native_handle(), .events = POLLPRI, .revents = 0};
    ::poll(&now, 1, 0);
    if (now.revents & (POLLHUP | POLLERR)) {
      if (half_closed_) return;  // both ends have said their end of stream: nothing was cut off
      if (!write_end_) write_end_ = StreamErrc::hangup;
      owed_ = write_end_;
      tell_closed();
    } else if (!(now.revents & POLLPRI)) {  // which would stay, and come back at once
      arm(Wait::hangup);
    }
  }

  void post_closed() {
    shard_.post([self = self_] {
      if (*self) (*self)->tell_closed();
    });
  }

  void tell_closed() {
    if (!observer_ || !owed_) return;
    told_ = true;
    observer_->on_closed(*std::exchange(owed_, std::nullopt));
  }

  konduit::Shard& shard_;
  konduit::UnixSocket socket_;
  const std::string remote_;
  const std::shared_ptr<SocketStream*> self_ = std::make_shared<SocketStream*>(this);  // shared with what is under way
  Observer* observer_ = nullptr;
  std::array<bool, 3> armed_{};
  error_code read_end_;
  error_code write_end_;
  std::optional<error_code> owed_;  ///< The reason that on_closed() has still to tell.
  bool told_ = false;
  bool half_closed_ = false;
  bool closed_ = false;
};

using SocketAcceptor = asio::basic_socket_acceptor<stream_protocol, konduit::executor>;

class AcceptorOfShard final : public konduit::Acceptor {
 public:
  /// `listening` is this acceptor's own. Throws StartError.
  AcceptorOfShard(konduit::Shard& shard, int listening) : shard_(shard), acceptor_(shard.context()) {
    error_code failure;
    acceptor_.assign(stream_protocol(), listening, failure);
    if (failure) {
      ::close(listening);
      throw konduit::StartError("cannot watch a listening socket: " + failure.message());
    }
    acceptor_.non_blocking(true, failure);
  }

  awaitable<konduit::Result<Accepted>> accept() override {
    for (;;) {
      const auto [failure] = co_await acceptor_.async_wait(SocketAcceptor::wait_read,
                                                           asio::as_tuple(asio::use_awaitable_t<konduit::executor>()));
      if (failure) co_return failure;
      auto taken = take();
      if (taken) co_return std::move(*taken);
    }
  }

  std::optional<konduit::Result<Accepted>> take() override {
    konduit::UnixSocket socket(shard_.context());
    error_code failure;
    do {
      acceptor_.accept(socket, failure);
    } while (failure == asio::error::connection_aborted || failure == asio::error::interrupted);
    if (failure == asio::error::would_block) return std::nullopt;
    if (failure) return konduit::Result<Accepted>(failure);
    const std::string peer(kScheme);  // those who connect have no name
    return Accepted{std::make_unique<SocketStream>(shard_, std::move(socket), peer), peer};
  }

 private:
  konduit::Shard& shard_;
  SocketAcceptor acceptor_;
};

class ListeningSocket final : public konduit::Binding {
 public:
  ListeningSocket(const std::string& url, int backlog) {
    const auto wanted = address_of(url);
    stream_protocol::endpoint got;
    socklen_t size = got.capacity();
    if (descriptor_ < 0 || ::bind(descriptor_, wanted.data(), wanted.size()) != 0 ||
        ::listen(descriptor_, backlog) != 0 || ::getsockname(descriptor_, got.data(), &size) != 0) {
      const std::string why = std::strerror(errno);
      ::close(descriptor_);
      throw konduit::StartError("cannot listen on " + url + ": " + why);
    }
    got.resize(size);
    url_ = std::string(kScheme) + got.path().substr(1);
  }
  ~ListeningSocket() override { ::close(descriptor_); }

  const std::string& url() const noexcept override { return url_; }

  std::unique_ptr<konduit::Acceptor> open(konduit::Shard& shard, const konduit::Liveness&) override {
    const int copy = ::fcntl(descriptor_, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) throw konduit::StartError("cannot share " + url_ + " between shards: " + std::strerror(errno));
    return std::make_unique<AcceptorOfShard>(shard, copy);
  }

 private:
  const int descriptor_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  std::string url_;
};

}  // namespace

std::string MyPlugin::check(const std::string& url) const {
  if (!url.starts_with(kScheme)) return "\"" + url + "\": expected my-plugin://NAME";
  if (url.size() - kScheme.size() > kLongestName) {
    return "\"" + url + "\": the name is longer than " + std::to_string(kLongestName) + " bytes";
  }
  return {};
}

std::unique_ptr<konduit::Binding> MyPlugin::bind(const konduit::config::Node& endpoint) const {
  const std::string& url = endpoint["url"].text();
  if (const std::string wrong = check(url); !wrong.empty()) throw konduit::StartError("cannot listen on " + wrong);
  return std::make_unique<ListeningSocket>(url, static_cast<int>(endpoint["backlog"].integer()));
}

awaitable<boost::system::result<konduit::Connection, konduit::Connector::Failure>> MyPlugin::connect(
    konduit::Shard& shard, std::string url, konduit::Liveness, konduit::TimePoint deadline) const {
  using Failure = konduit::Connector::Failure;
  if (const std::string wrong = check(url); !wrong.empty()) co_return Failure{StreamErrc::protocol, wrong};
  const auto address = address_of(url);
  error_code failure;
  konduit::UnixSocket socket(shard.context());
  socket.open(stream_protocol(), failure);
  if (failure) co_return Failure{StreamErrc::overloaded, url + ": " + failure.message()};
  socket.native_non_blocking(true, failure);
  while (::connect(socket.native_handle(), address.data(), address.size()) != 0) {
    const error_code why = system_error(errno);
    if (why != asio::error::would_block) co_return Failure{why, url + ": " + why.message()};
    if (shard.now() >= deadline) co_return Failure{StreamErrc::timed_out, url + ": nobody has accepted in time"};
    const error_code cancelled = co_await shard.deadlines().wait_until(std::min(deadline, shard.now() + kRetry));
    if (cancelled) co_return Failure{StreamErrc::cancelled, url + ": the connection was cancelled"};
  }
  konduit::Connection connection;
  connection.peer.address = url;
  connection.stream = std::make_unique<SocketStream>(shard, std::move(socket), std::move(url));
  co_return connection;
}

}  // namespace my_plugin_plugin
