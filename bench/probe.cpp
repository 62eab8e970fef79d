#include "probe.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <chrono>

#include "endpoint.hpp"

namespace konduit::bench {

namespace {

/// How often the thread looks up from a request that is not answered.
constexpr std::chrono::milliseconds kGlance{50};

}  // namespace

Probe::Probe(Socket tunnel, std::size_t message) : tunnel_(std::move(tunnel)), message_(message, 'k') {
  set_patience(tunnel_, kGlance);
  send_all(tunnel_, Order{.mode = Mode::echo}.encode());
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Probe::run(const std::stop_token& stop) {
  while (!stop.stop_requested() && !broken_) {
    const Clock::time_point asked = Clock::now();
    ask();
    await_answer(stop);
    round_trips_.push_back({asked, Clock::now()});
  }
}

void Probe::ask() {
  const ssize_t n = send(tunnel_.get(), message_.data(), message_.size(), MSG_NOSIGNAL);
  broken_ = n != static_cast<ssize_t>(message_.size());
}

void Probe::await_answer(const std::stop_token& stop) {
  for (std::size_t awaited = message_.size(); awaited != 0 && !broken_ && !stop.stop_requested();) {
    const ssize_t n = recv(tunnel_.get(), message_.data(), awaited, 0);
    broken_ = n == 0 || (n < 0 && errno != EAGAIN);
    if (n > 0) awaited -= static_cast<std::size_t>(n);
  }
}

std::optional<Latencies> Probe::stop(Clock::time_point begin) {
  thread_.request_stop();
  thread_.join();
  if (broken_) return std::nullopt;
  Latencies latencies;
  for (const RoundTrip& trip : round_trips_) {
    if (trip.answered >= begin) latencies.add(trip.answered - trip.asked);
  }
  return latencies;
}

}  // namespace konduit::bench
