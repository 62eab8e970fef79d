#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "socket/file_descriptor.hpp"

namespace konduit::test_support {

/// How long anything may take before a test calls it a failure: much, since sanitizers and busy machines are slow.
inline constexpr std::chrono::seconds kPatience{30};

/// A program as a child process. What it writes to both its streams is collected. It never outlives the object, nor the
/// thread that made it, by whatever these end. Not thread-safe; failing system calls throw std::runtime_error.
class Program {
 public:
  explicit Program(std::vector<std::string> command);
  /// Kills what still runs.
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void signal(int number);
  /// How many it has.
  std::size_t threads() const;
  /// Its exit status, or 128 and the signal that ended it; nothing if it still runs after `patience`.
  std::optional<int> exit_status(std::chrono::milliseconds patience = kPatience);
  /// Waits until it has written `text` so many times; false if it ended, or kPatience passed, before.
  bool says(std::string_view text, std::size_t times = 1);
  /// What it has written until now.
  const std::string& output();

  /// Waits until `done`, which is asked whenever it writes, ends, or `wake` (a descriptor, or -1) can be read.
  bool wait(const std::function<bool()>& done, std::chrono::milliseconds patience = kPatience, int wake = -1);

 private:
  void collect();
  bool running();

  pid_t id_ = -1;
  socket::FileDescriptor process_;  // readable when it has ended
  socket::FileDescriptor pipe_;
  std::string output_;
  std::optional<int> status_;
};

}  // namespace konduit::test_support
