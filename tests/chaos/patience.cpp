#include "chaos/patience.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <thread>

namespace konduit::chaos {

namespace {

constexpr Duration kStep = std::chrono::milliseconds(20);
std::atomic<bool> interrupted{false};
int tidying_up = 0;
double slow_by = 1;

void note(int) { interrupted.store(true); }

void throw_if_interrupted() {
  if (interrupted.load() && tidying_up == 0) throw Interrupted();
}

}  // namespace

void catch_interrupts() {
  struct sigaction action{};
  action.sa_handler = note;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

Uninterrupted::Uninterrupted() noexcept { ++tidying_up; }
Uninterrupted::~Uninterrupted() { --tidying_up; }

void pause_for(Duration duration) {
  const TimePoint end = Clock::now() + duration;
  for (TimePoint now = Clock::now(); now < end; now = Clock::now()) {
    throw_if_interrupted();
    std::this_thread::sleep_for(std::min(kStep, end - now));
  }
  throw_if_interrupted();
}

bool wait_until(TimePoint deadline, const std::function<bool()>& question) {
  for (;;) {
    if (question()) return true;
    if (Clock::now() >= deadline) return false;
    pause_for(kStep);
  }
}

void set_slowness(double factor) noexcept { slow_by = factor; }
double slowness() noexcept { return slow_by; }

Duration patient(Duration limit) noexcept { return std::chrono::duration_cast<Duration>(limit * slow_by); }

std::string in_seconds(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", value);
  return text;
}

double seconds(Duration duration) noexcept { return std::chrono::duration<double>(duration).count(); }

}  // namespace konduit::chaos
