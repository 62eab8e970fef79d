#include "load.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "process_usage.hpp"
#include "sockets.hpp"

namespace konduit::bench {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kPiece = 256 * 1024;

struct LoadTunnel {
  Socket socket;
  std::size_t awaited = 0;  ///< Bytes of the answer still to come.
  Clock::time_point asked;
};

class Load {
 public:
  explicit Load(const LoadSettings& settings)
      : settings_(settings), memory_(kPiece, 'k'), poller_(epoll_create1(EPOLL_CLOEXEC)) {}

  LoadResult run() {
    open_tunnels();
    turn_until(Clock::now() + settings_.warm_up);
    bytes_ = 0;
    latencies_.clear();
    const double cpu_before = cpu_seconds(settings_.processes);
    const auto begin = Clock::now();
    turn_until(begin + settings_.duration);
    LoadResult result;
    result.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    result.cpu_seconds = cpu_seconds(settings_.processes) - cpu_before;
    result.resident_kib = resident_kib(settings_.processes);
    result.bytes = bytes_;
    result.round_trips = latencies_.size();
    std::ranges::sort(latencies_);
    result.p50_us = percentile(0.50);
    result.p99_us = percentile(0.99);
    return result;
  }

 private:
  void open_tunnels() {
    const std::string target = "127.0.0.1:" + std::to_string(settings_.endpoint);
    tunnels_.resize(settings_.tunnels);
    for (LoadTunnel& tunnel : tunnels_) {
      if (settings_.proxy.starts_with("unix:")) {
        tunnel.socket = connect_unix(settings_.proxy.substr(5));
        ask_for_tunnel(tunnel.socket, target);
      } else {
        tunnel.socket = connect_tcp("127.0.0.1", settings_.endpoint);
      }
    }
    // Traffic begins when all are open: one that is not read yet may hold up the others' answers.
    for (std::size_t i = 0; i != tunnels_.size(); ++i) {
      const Socket& socket = tunnels_[i].socket;
      send_all(socket, std::string(1, static_cast<char>(settings_.mode)));
      set_nonblocking(socket);
      epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.u64 = i}};
      epoll_ctl(poller_.get(), EPOLL_CTL_ADD, socket.get(), &event);
    }
  }

  void turn_until(Clock::time_point end) {
    while (Clock::now() < end) {
      std::array<epoll_event, 64> events;
      const int count = epoll_wait(poller_.get(), events.data(), static_cast<int>(events.size()), 100);
      for (int i = 0; i < count; ++i) advance(tunnels_[events[static_cast<std::size_t>(i)].data.u64], end);
    }
  }

  void advance(LoadTunnel& tunnel, Clock::time_point end) {
    switch (settings_.mode) {
      case Mode::download:
        while (receive(tunnel, kPiece) > 0 && Clock::now() < end) {
        }
        break;
      case Mode::upload:
        while (transmit(tunnel, kPiece) > 0 && Clock::now() < end) {
        }
        break;
      case Mode::echo: converse(tunnel); break;
    }
  }

  void converse(LoadTunnel& tunnel) {
    if (tunnel.awaited != 0) {
      tunnel.awaited -= receive(tunnel, tunnel.awaited);
      if (tunnel.awaited != 0) return;
      latencies_.push_back(static_cast<std::uint32_t>(
          std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - tunnel.asked).count()));
    }
    tunnel.asked = Clock::now();
    tunnel.awaited = settings_.message;
    if (transmit(tunnel, settings_.message) != settings_.message)
      throw std::runtime_error("a request did not fit the socket");
  }

  std::size_t receive(const LoadTunnel& tunnel, std::size_t size) {
    return count(recv(tunnel.socket.get(), memory_.data(), size, 0));
  }

  std::size_t transmit(const LoadTunnel& tunnel, std::size_t size) {
    return count(send(tunnel.socket.get(), memory_.data(), size, MSG_NOSIGNAL));
  }

  std::size_t count(ssize_t n) {
    if (n == 0) throw std::runtime_error("a tunnel was closed");
    if (n < 0 && errno != EAGAIN) throw std::runtime_error(std::string("a tunnel broke: ") + std::strerror(errno));
    if (n < 0) return 0;
    bytes_ += static_cast<std::size_t>(n);
    return static_cast<std::size_t>(n);
  }

  double percentile(double share) const {
    if (latencies_.empty()) return 0;
    return latencies_[static_cast<std::size_t>(share * static_cast<double>(latencies_.size() - 1))] / 1000.0;
  }

  const LoadSettings& settings_;
  std::vector<char> memory_;
  Socket poller_;
  std::vector<LoadTunnel> tunnels_;
  std::uint64_t bytes_ = 0;
  std::vector<std::uint32_t> latencies_;
};

}  // namespace

LoadResult run_load(const LoadSettings& settings) { return Load(settings).run(); }

}  // namespace konduit::bench
