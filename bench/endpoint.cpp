#include "endpoint.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <iostream>
#include <map>
#include <stdexcept>
#include <vector>

#include "sockets.hpp"

namespace konduit::bench {

namespace {

constexpr std::size_t kPiece = 256 * 1024;

/// One connection. False from serve() means that it is over.
class Conversation {
 public:
  explicit Conversation(Socket socket) : socket_(std::move(socket)) {}

  bool serve(std::vector<char>& memory) {
    if (mode_ == Mode{}) {
      char first;
      const ssize_t n = recv(socket_.get(), &first, 1, MSG_DONTWAIT);
      if (n <= 0) return n < 0 && errno == EAGAIN;
      mode_ = static_cast<Mode>(first);
    }
    switch (mode_) {
      case Mode::download: return pour(memory);
      case Mode::upload: return swallow(memory);
      case Mode::echo: return echo(memory);
    }
    return false;
  }

 private:
  bool pour(std::vector<char>& memory) {
    ssize_t n;
    do n = send(socket_.get(), memory.data(), memory.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    while (n > 0);
    return errno == EAGAIN;
  }

  bool swallow(std::vector<char>& memory) {
    ssize_t n;
    do n = recv(socket_.get(), memory.data(), memory.size(), MSG_DONTWAIT);
    while (n > 0);
    return n < 0 && errno == EAGAIN;
  }

  /// Messages are small and never more than one under way, so the answer always fits the socket's buffer.
  bool echo(std::vector<char>& memory) {
    const ssize_t n = recv(socket_.get(), memory.data(), memory.size(), MSG_DONTWAIT);
    if (n <= 0) return n < 0 && errno == EAGAIN;
    return send(socket_.get(), memory.data(), static_cast<std::size_t>(n), MSG_NOSIGNAL) == n;
  }

  Socket socket_;
  Mode mode_{};
};

}  // namespace

void run_endpoint(std::uint16_t port) {
  std::uint16_t bound = 0;
  const Socket listener = listen_tcp(port, bound);
  std::cout << bound << std::endl;

  const Socket poller(epoll_create1(EPOLL_CLOEXEC));
  const auto watch = [&](int descriptor, std::uint32_t events) {
    epoll_event event{.events = events, .data = {.fd = descriptor}};
    epoll_ctl(poller.get(), EPOLL_CTL_ADD, descriptor, &event);
  };
  watch(listener.get(), EPOLLIN);
  std::map<int, Conversation> conversations;
  std::vector<char> memory(kPiece, 'k');
  for (;;) {
    std::array<epoll_event, 64> events;
    const int count = epoll_wait(poller.get(), events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
      if (descriptor != listener.get()) {
        const auto found = conversations.find(descriptor);
        if (!found->second.serve(memory)) conversations.erase(found);
        continue;
      }
      const int accepted = accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (accepted < 0) continue;
      conversations.emplace(accepted, Socket(accepted));
      watch(accepted, EPOLLIN | EPOLLOUT | EPOLLET);
    }
  }
}

}  // namespace konduit::bench
