#include "telemetry/log_record.hpp"

#include <fmt/format.h>

#include <cmath>
#include <ctime>
#include <iterator>

#include "telemetry/escape.hpp"

namespace konduit::telemetry {
namespace {

void append_time(std::string& out, std::chrono::system_clock::time_point time) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(milliseconds);
  const std::time_t clock = seconds.count();
  std::tm parts{};
  ::gmtime_r(&clock, &parts);
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                 parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                 (milliseconds - seconds).count());
}

/// Names are constants of the caller's, but a careless one must not break the line.
void append_name(std::string& out, std::string_view name) {
  for (const char c : name) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    out += plain ? c : '_';
  }
}

void append_number(std::string& out, const LogField& field) {
  if (field.kind == LogField::Kind::boolean) {
    out += field.integer ? "true" : "false";
  } else if (field.kind == LogField::Kind::integer) {
    fmt::format_to(std::back_inserter(out), "{}", field.integer);
  } else {
    fmt::format_to(std::back_inserter(out), "{}", field.real);
  }
}

bool reserved(std::string_view name) {
  return name == "time" || name == "level" || name == "component" || name == "message";
}

void append_json_field(std::string& out, const LogField& field) {
  out += reserved(field.key) ? ",\"field." : ",\"";
  append_name(out, field.key);
  out += "\":";
  if (field.kind == LogField::Kind::text) {
    append_json(out, field.text);
  } else if (field.kind == LogField::Kind::real && !std::isfinite(field.real)) {
    // JSON has no such numbers.
    append_json(out, fmt::format("{}", field.real));
  } else {
    append_number(out, field);
  }
}

}  // namespace

void append_text(std::string& out, const LogRecord& record) {
  append_time(out, record.time);
  out += ' ';
  out += to_string(record.level);
  out += ' ';
  append_escaped(out, record.component);
  out += ' ';
  append_escaped(out, record.message);
  for (const LogField& field : record.fields) {
    out += ' ';
    append_name(out, field.key);
    out += '=';
    if (field.kind == LogField::Kind::text) {
      append_value(out, field.text);
    } else {
      append_number(out, field);
    }
  }
}

void append_json_line(std::string& out, const LogRecord& record) {
  out += "{\"time\":\"";
  append_time(out, record.time);
  out += "\",\"level\":\"";
  out += to_string(record.level);
  out += "\",\"component\":";
  append_json(out, record.component);
  out += ",\"message\":";
  append_json(out, record.message);
  for (const LogField& field : record.fields) append_json_field(out, field);
  out += '}';
}

std::string_view to_string(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::trace: return "trace";
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warning: return "warning";
    case LogLevel::error: return "error";
    case LogLevel::off: return "off";
  }
  return "unknown";
}

}  // namespace konduit::telemetry
