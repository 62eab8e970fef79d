#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "konduit/asio.hpp"
#include "socket/file_descriptor.hpp"

namespace konduit::chaos {

/// How a program is started.
struct Launch {
  std::vector<std::string> command;      ///< The program's path first.
  std::vector<std::string> environment;  ///< "NAME=value", added to this process's own.
  std::string output;                    ///< File to which it appends what it prints; "" for /dev/null.
  int standard_error = -1;               ///< A descriptor instead of `output` for its standard error; borrowed.
  bool conversation = false;             ///< Its standard input and output are pipes: say() and hear().
  bool fixed_addresses = false;          ///< Without address space randomization, which g++ 12's TSan needs.
};

/// A child process. It is killed when this ends, and by the system when this process dies. Main thread.
class Process {
 public:
  Process() = default;
  /// Throws std::runtime_error if it cannot be started.
  explicit Process(const Launch& launch);
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process();

  pid_t id() const noexcept { return id_; }
  bool running();
  void signal(int number) const;
  /// Its wait status, once it has ended; nothing if it has not by `deadline`.
  std::optional<int> wait(TimePoint deadline);
  /// SIGKILL, and waits.
  void kill();

  void say(const std::string& line) const;
  /// The next line of its output. Throws std::runtime_error if none comes by `deadline`.
  std::string hear(TimePoint deadline);

 private:
  pid_t id_ = -1;
  std::optional<int> status_;
  socket::FileDescriptor input_;
  socket::FileDescriptor output_;
  std::string heard_;
};

/// "exit status 1", "killed by signal 9".
std::string describe_status(int status);

}  // namespace konduit::chaos
