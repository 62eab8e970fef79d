#include "endpoint.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <iostream>
#include <span>
#include <unordered_map>
#include <vector>

#include "pattern.hpp"
#include "poller.hpp"
#include "sockets.hpp"

namespace konduit::bench {

namespace {

/// One connection.
class Conversation {
 public:
  Conversation(Socket socket, const Pattern& pattern) : socket_(std::move(socket)), pattern_(pattern) {}

  /// One piece of work, so that every connection gets its turn. False: it is over.
  bool serve(std::vector<char>& memory) {
    if (pours() && !pour()) return false;
    if (order_.mode == Mode::download && pours()) return true;
    const ssize_t n = recv(socket_.get(), memory.data(), memory.size(), MSG_DONTWAIT);
    if (n <= 0) return n < 0 && errno == EAGAIN;
    const auto bytes = behind_order(std::span(memory).first(static_cast<std::size_t>(n)));
    if (bytes.empty() || order_.mode != Mode::echo) return true;
    // Messages are small and never more than one under way, so the answer always fits the socket's buffer.
    return send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }

  const Socket& socket() const noexcept { return socket_; }

  /// Readiness that serve() waits for. A client that has gone away is noticed while it is sent to.
  std::uint32_t interest() const noexcept {
    if (!pours()) return EPOLLIN;
    return order_.mode == Mode::both ? EPOLLIN | EPOLLOUT | EPOLLRDHUP : EPOLLOUT | EPOLLRDHUP;
  }

 private:
  bool ordered() const noexcept { return first_.size() == Order::kSize; }
  bool pours() const noexcept {
    return ordered() && !finished_ && (order_.mode == Mode::download || order_.mode == Mode::both);
  }

  std::span<const char> behind_order(std::span<const char> bytes) {
    if (ordered()) return bytes;
    const auto order = bytes.first(std::min(bytes.size(), Order::kSize - first_.size()));
    first_.append(order.data(), order.size());
    if (ordered()) order_ = Order::decode(first_);
    return bytes.subspan(order.size());
  }

  bool pour() {
    const std::uint64_t left = order_.length == 0 ? Pattern::kPiece : order_.length - sent_;
    const auto piece = pattern_.at(sent_, std::min<std::uint64_t>(left, Pattern::kPiece));
    const ssize_t n = send(socket_.get(), piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0) return errno == EAGAIN;
    sent_ += static_cast<std::uint64_t>(n);
    finished_ = sent_ == order_.length;
    return !finished_ || shutdown(socket_.get(), SHUT_WR) == 0;
  }

  Socket socket_;
  const Pattern& pattern_;
  std::string first_;
  Order order_;
  std::uint64_t sent_ = 0;
  bool finished_ = false;
};

class Endpoint {
 public:
  explicit Endpoint(std::vector<Socket> listeners) : listeners_(std::move(listeners)), last_key_(listeners_.size()) {
    for (std::size_t index = 0; index < listeners_.size(); ++index) poller_.watch(listeners_[index], EPOLLIN, index);
  }

  [[noreturn]] void run() {
    for (;;) {
      for (const epoll_event& event : poller_.wait(std::chrono::milliseconds(-1))) {
        const std::uint64_t key = event.data.u64;
        key < listeners_.size() ? accept(listeners_[key]) : serve(key, event.events);
      }
    }
  }

 private:
  void accept(const Socket& listener) {
    Socket accepted(accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (accepted.get() < 0) return;
    const std::uint64_t key = ++last_key_;
    poller_.watch(accepted, EPOLLIN, key);
    conversations_.try_emplace(key, std::move(accepted), pattern_);
  }

  void serve(std::uint64_t key, std::uint32_t events) {
    const auto found = conversations_.find(key);
    Conversation& conversation = found->second;
    const std::uint32_t interest = conversation.interest();
    const bool gone = (events & interest & EPOLLRDHUP) != 0;
    if (gone || !conversation.serve(memory_)) {
      conversations_.erase(found);
    } else if (conversation.interest() != interest) {
      poller_.change(conversation.socket(), conversation.interest(), key);
    }
  }

  const Pattern pattern_;
  std::vector<char> memory_ = std::vector<char>(Pattern::kPiece);
  const std::vector<Socket> listeners_;  // the first keys are their indices
  Poller poller_;
  std::unordered_map<std::uint64_t, Conversation> conversations_;
  std::uint64_t last_key_;
};

}  // namespace

std::string Order::encode() const {
  std::string bytes(1, static_cast<char>(mode));
  for (unsigned shift = 0; shift != 64; shift += 8) bytes += static_cast<char>(length >> shift);
  return bytes;
}

Order Order::decode(const std::string& bytes) {
  Order order{.mode = static_cast<Mode>(bytes[0])};
  for (std::size_t i = 1; i != kSize; ++i)
    order.length |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * (i - 1));
  return order;
}

std::string endpoint_address(unsigned index) { return "127.0.0." + std::to_string(1 + index); }

void run_endpoint(std::uint16_t port) {
  std::vector<Socket> listeners;
  std::uint16_t bound = port;
  for (unsigned index = 0; index < kEndpointAddresses; ++index) {
    listeners.push_back(listen_tcp(endpoint_address(index), bound, bound));
  }
  Endpoint endpoint(std::move(listeners));
  std::cout << bound << std::endl;
  endpoint.run();
}

}  // namespace konduit::bench
