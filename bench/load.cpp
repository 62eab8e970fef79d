#include "load.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "pattern.hpp"
#include "poller.hpp"
#include "process_usage.hpp"
#include "sockets.hpp"

namespace konduit::bench {

namespace {

using Clock = std::chrono::steady_clock;

struct LoadTunnel {
  Socket socket;
  std::uint64_t received = 0;
  std::size_t awaited = 0;  ///< Bytes of the answer still to come.
  Clock::time_point asked;
};

class Load {
 public:
  explicit Load(const LoadSettings& settings) : settings_(settings), memory_(Pattern::kPiece, 'k') {}

  LoadResult run() {
    open_tunnels();
    turn_until(Clock::now() + settings_.warm_up);
    bytes_ = 0;
    latencies_.clear();
    LoadResult result;
    const CpuTimes before = cpu_times();
    const auto begin = Clock::now();
    turn_until(begin + settings_.duration);
    result.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    const CpuTimes after = cpu_times();
    result.cpu_seconds = after.processes - before.processes;
    result.endpoint_cpu_seconds = after.endpoint - before.endpoint;
    result.own_cpu_seconds = after.own - before.own;
    result.resident_kib = resident_kib(settings_.processes);
    result.bytes = bytes_;
    result.round_trips = latencies_.count();
    result.latency = latencies_.percentiles();
    return result;
  }

 private:
  struct CpuTimes {
    double processes;
    double endpoint;
    double own;
  };

  CpuTimes cpu_times() const {
    return {cpu_seconds(settings_.processes), cpu_seconds(settings_.endpoint_process), own_cpu_seconds()};
  }

  void open_tunnels() {
    tunnels_.resize(settings_.tunnels);
    for (LoadTunnel& tunnel : tunnels_) tunnel.socket = open_tunnel(settings_.proxy, settings_.endpoint);
    // Traffic begins when all are open: one that is not read yet may hold up the others' answers.
    for (std::size_t i = 0; i != tunnels_.size(); ++i) {
      LoadTunnel& tunnel = tunnels_[i];
      send_all(tunnel.socket, Order{.mode = settings_.mode}.encode());
      set_nonblocking(tunnel.socket);
      if (settings_.mode == Mode::echo) ask(tunnel);
      poller_.watch(tunnel.socket, settings_.mode == Mode::upload ? EPOLLOUT : EPOLLIN, i);
    }
  }

  void turn_until(Clock::time_point end) {
    while (Clock::now() < end) {
      for (const epoll_event& event : poller_.wait(std::chrono::milliseconds(100))) advance(tunnels_[event.data.u64]);
    }
  }

  void advance(LoadTunnel& tunnel) {
    switch (settings_.mode) {
      case Mode::download: receive(tunnel, memory_.size()); break;
      case Mode::upload: transmit(tunnel, memory_.size()); break;
      case Mode::echo: converse(tunnel); break;
    }
  }

  void converse(LoadTunnel& tunnel) {
    tunnel.awaited -= receive(tunnel, tunnel.awaited);
    if (tunnel.awaited != 0) return;
    latencies_.add(Clock::now() - tunnel.asked);
    ask(tunnel);
  }

  void ask(LoadTunnel& tunnel) {
    tunnel.asked = Clock::now();
    tunnel.awaited = settings_.message;
    if (transmit(tunnel, settings_.message) != settings_.message)
      throw std::runtime_error("a request did not fit the socket");
  }

  std::size_t receive(LoadTunnel& tunnel, std::size_t size) {
    const std::size_t n = count(recv(tunnel.socket.get(), memory_.data(), size, 0));
    if (settings_.verify && !pattern_.matches(tunnel.received, {memory_.data(), n})) {
      throw std::runtime_error("a tunnel brought wrong bytes behind " + std::to_string(tunnel.received));
    }
    tunnel.received += n;
    return n;
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

  const LoadSettings& settings_;
  const Pattern pattern_;
  std::vector<char> memory_;
  Poller poller_;
  std::vector<LoadTunnel> tunnels_;
  std::uint64_t bytes_ = 0;
  Latencies latencies_;
};

}  // namespace

LoadResult run_load(const LoadSettings& settings) { return Load(settings).run(); }

}  // namespace konduit::bench
