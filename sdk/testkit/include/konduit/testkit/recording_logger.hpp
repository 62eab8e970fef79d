#pragma once

#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "konduit/log.hpp"

namespace konduit::testkit {

/// Keeps what is logged. Any thread.
class RecordingLogger final : public Logger {
 public:
  struct Line {
    LogLevel level;
    std::string message;
    std::vector<std::pair<std::string, std::string>> fields;  ///< Values as text.

    /// The value of a field; empty if there is none.
    std::string field(std::string_view key) const;
  };

  bool enabled(LogLevel) const noexcept override { return true; }
  void write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) noexcept override;

  std::vector<Line> lines() const;
  /// True if a line's message contains `part`.
  bool has(std::string_view part) const;
  /// Everything as one text, for the message of a failed test, and for the search for secrets.
  std::string text() const;
  /// Forgets all lines, and gives back their memory.
  void clear() noexcept;

 private:
  mutable std::mutex mutex_;
  std::vector<Line> lines_;
};

}  // namespace konduit::testkit
