#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "channel.hpp"

namespace konduit::bench {

namespace {

std::size_t taken(ssize_t n) {
  if (n >= 0) return static_cast<std::size_t>(n);
  if (errno == EAGAIN) return 0;
  throw std::runtime_error(std::string("a connection broke: ") + std::strerror(errno));
}

class PlainChannel final : public Channel {
 public:
  explicit PlainChannel(Socket socket) : socket_(std::move(socket)) { set_nonblocking(socket_); }

  bool establish() override { return true; }
  std::uint32_t wanted() const override { return EPOLLOUT; }

  std::size_t read(std::span<char> into) override {
    const ssize_t n = recv(socket_.get(), into.data(), into.size(), 0);
    if (n == 0) throw std::runtime_error("a connection was closed");
    return taken(n);
  }

  std::size_t write(std::span<const iovec> pieces) override {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces.data());
    message.msg_iovlen = pieces.size();
    return taken(sendmsg(socket_.get(), &message, MSG_NOSIGNAL));
  }

  const Socket& socket() const override { return socket_; }

 private:
  Socket socket_;
};

}  // namespace

std::unique_ptr<Channel> plain_channel(Socket socket) { return std::make_unique<PlainChannel>(std::move(socket)); }

}  // namespace konduit::bench
