#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

#include "konduit/api.hpp"

namespace konduit {

enum class LogLevel : std::uint8_t { trace, debug, info, warning, error, off };

/// One fact beside a message: `{"agent", id}`. Borrowed for the length of the call.
struct LogField {
  enum class Kind : std::uint8_t { text, integer, real, boolean };

  LogField(std::string_view name, std::string_view value) : key(name), kind(Kind::text), text(value) {}
  LogField(std::string_view name, const char* value) : LogField(name, std::string_view(value)) {}
  LogField(std::string_view name, const std::string& value) : LogField(name, std::string_view(value)) {}
  LogField(std::string_view name, bool value) : key(name), kind(Kind::boolean), integer(value) {}
  LogField(std::string_view name, double value) : key(name), kind(Kind::real), real(value) {}
  template <class T>
    requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
  LogField(std::string_view name, T value)
      : key(name), kind(Kind::integer), integer(static_cast<std::int64_t>(value)) {}

  std::string_view key;
  Kind kind;
  std::string_view text;
  std::int64_t integer = 0;
  double real = 0;
};

/// Where a component says what happens. Any thread. Messages are constant sentences; what varies goes into fields, so
/// that text and JSON output say the same. Secrets are the caller's duty: never pass one.
class KONDUIT_API Logger {
 public:
  virtual bool enabled(LogLevel level) const noexcept = 0;
  virtual void write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) noexcept = 0;

  void debug(std::string_view message, std::initializer_list<LogField> fields = {}) {
    if (enabled(LogLevel::debug)) write(LogLevel::debug, message, fields);
  }
  void info(std::string_view message, std::initializer_list<LogField> fields = {}) {
    if (enabled(LogLevel::info)) write(LogLevel::info, message, fields);
  }
  void warning(std::string_view message, std::initializer_list<LogField> fields = {}) {
    if (enabled(LogLevel::warning)) write(LogLevel::warning, message, fields);
  }
  void error(std::string_view message, std::initializer_list<LogField> fields = {}) {
    if (enabled(LogLevel::error)) write(LogLevel::error, message, fields);
  }

 protected:
  ~Logger() = default;
};

}  // namespace konduit
