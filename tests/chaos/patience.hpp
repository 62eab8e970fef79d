#pragma once

#include <functional>
#include <stdexcept>
#include <string>

#include "konduit/asio.hpp"

namespace konduit::chaos {

/// The user wants to end (SIGINT, SIGTERM, SIGHUP). Thrown out of every wait of the main thread.
struct Interrupted : std::runtime_error {
  Interrupted() : std::runtime_error("interrupted") {}
};

/// From now on these signals make waits throw, instead of ending the process with everything left behind.
void catch_interrupts();

/// While one lives, waits go on in spite of an interrupt: for tidying up. Main thread.
class Uninterrupted {
 public:
  Uninterrupted() noexcept;
  ~Uninterrupted();
  Uninterrupted(const Uninterrupted&) = delete;
  Uninterrupted& operator=(const Uninterrupted&) = delete;
};

/// Lets time pass. Main thread.
void pause_for(Duration duration);

/// Asks every 20 ms until `question` says yes or the time is over: the processes that are watched tell nobody when they
/// change. What it said last. Main thread.
bool wait_until(TimePoint deadline, const std::function<bool()>& question);

/// How much slower than a release build the programs are: every limit in time is multiplied by it.
void set_slowness(double factor) noexcept;
double slowness() noexcept;
Duration patient(Duration limit) noexcept;

double seconds(Duration duration) noexcept;
/// "1.5 s".
std::string in_seconds(double value);

}  // namespace konduit::chaos
