#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "konduit/log.hpp"

namespace konduit::telemetry {

enum class LogFormat : std::uint8_t { text, json };

struct LogSettings {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::text;
  std::string file;                       ///< Appended to; empty: standard error.
  LogLevel stderr_level = LogLevel::off;  ///< From this on standard error gets a line as well, if there is a file.
};

/// Where all logs of a process go, and the loggers of its components.
///
/// Thread: any. A line that cannot be written (full disk, closed pipe, a pipe that nobody reads for 10 ms) is lost and
/// counted; nothing else happens.
class LogOutput {
 public:
  /// Throws StartError naming the file, if it cannot be opened.
  explicit LogOutput(const LogSettings& settings);
  ~LogOutput();
  LogOutput(const LogOutput&) = delete;
  LogOutput& operator=(const LogOutput&) = delete;

  /// The logger of "type/name", made at the first call. Lives as long as the output.
  Logger& logger(const std::string& component);

  /// Opens the file again, after somebody has moved it away. Does nothing for standard error. On an error, such as a
  /// pipe that nobody reads, the old one stays in use, and the text says what is wrong; empty if nothing.
  std::string reopen();

  /// Lines that could not be written.
  std::uint64_t lost() const noexcept;

 private:
  struct Impl;
  class ComponentLogger;
  std::unique_ptr<Impl> impl_;
};

}  // namespace konduit::telemetry
