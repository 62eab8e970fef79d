#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "konduit/log.hpp"

namespace konduit::telemetry {

/// One line of a log before it has a form. Borrows everything.
struct LogRecord {
  std::chrono::system_clock::time_point time;
  LogLevel level;
  std::string_view component;  ///< "type/name"
  std::string_view message;
  std::span<const LogField> fields;
};

/// Appends `2026-11-23T09:00:00.123Z info agents/main agent connected agent=a1 text="two words"`, without a line end.
void append_text(std::string& out, const LogRecord& record);

/// Appends `{"time":"…","level":"info","component":"agents/main","message":"agent connected","agent":"a1"}`. A field
/// whose name is one of the first four gets "field." in front.
void append_json_line(std::string& out, const LogRecord& record);

/// "info"
std::string_view to_string(LogLevel level) noexcept;

}  // namespace konduit::telemetry
