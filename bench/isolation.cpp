#include "isolation.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "endpoint.hpp"
#include "pattern.hpp"
#include "poller.hpp"
#include "probe.hpp"
#include "sockets.hpp"

namespace konduit::bench {

namespace {

using Clock = std::chrono::steady_clock;

struct Download {
  Socket socket;
  std::uint64_t length = 0;  ///< Of all that comes; 0: it never ends.
  std::uint64_t received = 0;
  std::uint64_t before = 0;  ///< Received when the measuring began.
  bool ended = false;
};

class Isolation {
 public:
  explicit Isolation(const IsolationSettings& settings) : settings_(settings), memory_(Pattern::kPiece) {}

  IsolationResult run() {
    open();
    Probe probe(open_tunnel(settings_.proxy, settings_.probe_endpoint), settings_.message);
    begin();
    turn_until(Clock::now() + settings_.warm_up, [] { return false; });
    for (Download& download : downloads_) download.before = download.received;
    const auto measured_from = Clock::now();
    turn_until(measured_from + settings_.duration, [] { return false; });
    result_.seconds = seconds_since(measured_from);
    count_others();
    if (const auto latencies = probe.stop(measured_from)) {
      result_.round_trips = latencies->count();
      result_.probe = latencies->percentiles();
    } else if (result_.fault.empty()) {
      result_.fault = "the probe's tunnel broke";
    }
    resume();
    return std::move(result_);
  }

 private:
  static double seconds_since(Clock::time_point then) {
    return std::chrono::duration<double>(Clock::now() - then).count();
  }

  std::span<Download> set_apart() { return std::span(downloads_).first(settings_.set_apart); }
  std::span<Download> others() { return std::span(downloads_).subspan(settings_.set_apart); }

  void open() {
    downloads_.resize(settings_.tunnels);
    for (Download& download : downloads_) download.socket = open_tunnel(settings_.proxy, settings_.endpoint);
    if (!settings_.stall) return;
    for (Download& download : set_apart()) result_.expected_bytes += download.length = settings_.length;
  }

  /// All at once, when all are open: a tunnel that is not read may hold up the answers of others.
  void begin() {
    for (Download& download : downloads_) {
      send_all(download.socket, Order{.mode = Mode::download, .length = download.length}.encode());
      set_nonblocking(download.socket);
    }
    watch(others());
    if (!settings_.stall) watch(set_apart());
  }

  void watch(std::span<const Download> these) {
    for (const Download& download : these) {
      poller_.watch(download.socket, EPOLLIN, static_cast<std::uint64_t>(&download - downloads_.data()));
    }
  }

  template <class Done>
  void turn_until(Clock::time_point end, Done done) {
    while (Clock::now() < end && !done()) {
      for (const epoll_event& event : poller_.wait(std::chrono::milliseconds(50))) receive(downloads_[event.data.u64]);
    }
  }

  void receive(Download& download) {
    const ssize_t n = recv(download.socket.get(), memory_.data(), memory_.size(), 0);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) return end(download, n == 0 ? "was closed" : std::strerror(errno));
    const std::span bytes(memory_.data(), static_cast<std::size_t>(n));
    if (!pattern_.matches(download.received, bytes)) return end(download, "brought wrong bytes");
    download.received += bytes.size();
  }

  void end(Download& download, const std::string& how) {
    const bool complete = download.length != 0 && download.received == download.length;
    if (!complete && result_.fault.empty()) {
      result_.fault = "a tunnel " + how + " behind " + std::to_string(download.received) + " bytes";
    }
    download.ended = true;
    download.socket = Socket();
  }

  void count_others() {
    result_.slowest_bytes = UINT64_MAX;
    for (const Download& download : others()) {
      result_.bytes += download.received - download.before;
      result_.slowest_bytes = std::min(result_.slowest_bytes, download.received - download.before);
    }
  }

  /// Reads the stalled tunnels to their end, the others as well: these would be stalled now.
  void resume() {
    if (!settings_.stall) return;
    const auto begin = Clock::now();
    watch(set_apart());
    const auto all_ended = [this] { return std::ranges::all_of(set_apart(), &Download::ended); };
    turn_until(begin + settings_.patience, all_ended);
    result_.resumed_seconds = seconds_since(begin);
    for (const Download& download : set_apart()) result_.resumed_bytes += download.received;
    if (!all_ended() && result_.fault.empty()) result_.fault = "a stalled tunnel did not come to its end";
  }

  const IsolationSettings& settings_;
  const Pattern pattern_;
  std::vector<char> memory_;
  Poller poller_;
  std::vector<Download> downloads_;
  IsolationResult result_;
};

}  // namespace

IsolationResult run_isolation(const IsolationSettings& settings) { return Isolation(settings).run(); }

}  // namespace konduit::bench
