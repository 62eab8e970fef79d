#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "konduit/config.hpp"

// A duration printed in nanoseconds is the same duration, and the other value parsers take any bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace konduit::config;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto duration = parse_duration(text)) {
    auto count = std::chrono::nanoseconds(*duration).count();
    if (parse_duration(std::to_string(count) + "ns") != duration) std::abort();
  }
  if (auto integer = parse_integer(text)) {
    if (parse_integer(std::to_string(*integer)) != integer) std::abort();
  }
  if (auto bytes = parse_size(text)) {
    if (parse_size(std::to_string(*bytes)) != bytes) std::abort();
  }
  parse_boolean(text);
  return 0;
}
