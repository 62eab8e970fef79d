#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "progress.hpp"

namespace konduit::conformance {

/// This program, run again in a process of its own, and watched: what it prints is kept, and it is killed when a call
/// into the plugin does not come back or the whole takes too long. A component that computes for ever, sleeps for ever,
/// closes the standard output or leaves a process behind cannot hold up the judge.
class Child {
 public:
  Child(std::vector<std::string> arguments, std::chrono::seconds patience);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Waits for its end.
  void watch();

  /// What it printed first, on both outputs.
  const std::string& said() const noexcept { return said_; }
  /// Why it was killed; empty if it ended by itself.
  const std::string& overdue() const noexcept { return overdue_; }
  /// As waitpid() says it.
  int status() const noexcept { return status_; }
  /// What it has come to, if it says so.
  std::optional<int> conclusion() const noexcept { return progress_.conclusion(); }

 private:
  using Clock = std::chrono::steady_clock;

  [[noreturn]] static void run(std::vector<std::string>& arguments, int output);
  /// False when it has ended and nothing more is to be read.
  bool turn();
  bool held_up();
  std::chrono::nanoseconds computed() const;

  const Progress progress_;
  const std::chrono::seconds patience_;
  const Clock::time_point end_;
  pid_t process_ = -1;
  int ended_ = -1;   ///< A pidfd.
  int output_ = -1;  ///< A pipe's end; -1 when it is at its end.
  int status_ = 0;
  std::string said_;
  std::string overdue_;
  std::uint32_t calls_ = 0;
  Clock::time_point since_;
  std::chrono::nanoseconds computed_before_{};
};

}  // namespace konduit::conformance
