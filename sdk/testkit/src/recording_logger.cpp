#include "konduit/testkit/recording_logger.hpp"

#include <algorithm>

namespace konduit::testkit {
namespace {

std::string value_of(const LogField& field) {
  switch (field.kind) {
    case LogField::Kind::text: return std::string(field.text);
    case LogField::Kind::integer: return std::to_string(field.integer);
    case LogField::Kind::real: return std::to_string(field.real);
    case LogField::Kind::boolean: return field.integer ? "true" : "false";
  }
  return {};
}

}  // namespace

std::string RecordingLogger::Line::field(std::string_view key) const {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return field.first == key; });
  return found == fields.end() ? std::string() : found->second;
}

void RecordingLogger::write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) noexcept {
  Line line{level, std::string(message), {}};
  for (const LogField& field : fields) line.fields.emplace_back(field.key, value_of(field));
  const std::lock_guard lock(mutex_);
  lines_.push_back(std::move(line));
}

std::vector<RecordingLogger::Line> RecordingLogger::lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

bool RecordingLogger::has(std::string_view part) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(lines_.begin(), lines_.end(),
                     [&](const Line& line) { return line.message.find(part) != std::string::npos; });
}

std::string RecordingLogger::text() const {
  std::string all;
  for (const Line& line : lines()) {
    all += line.message;
    for (const auto& [key, value] : line.fields) all += ' ' + key + '=' + value;
    all += '\n';
  }
  return all;
}

void RecordingLogger::clear() noexcept {
  const std::lock_guard lock(mutex_);
  std::vector<Line>().swap(lines_);
}

}  // namespace konduit::testkit
