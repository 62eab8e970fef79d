#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace konduit::fuzz {

/// An input as a text of lines, for targets that need several texts.
class InputLines {
 public:
  InputLines(const std::uint8_t* data, std::size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

  bool done() const { return rest_.empty(); }
  /// Without its end; empty when there are no more.
  std::string_view next() {
    const std::string_view line = rest_.substr(0, rest_.find('\n'));
    rest_.remove_prefix(line.size() < rest_.size() ? line.size() + 1 : line.size());
    return line;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

}  // namespace konduit::fuzz
