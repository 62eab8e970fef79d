#include <charconv>
#include <limits>

#include "konduit/config.hpp"

namespace konduit::config {
namespace {

constexpr std::uint64_t kMaxNanoseconds = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr Unit kTimeUnits[] = {
    {"ns", 1},
    {"us", 1'000},
    {"\xc2\xb5s", 1'000},  // U+00B5, the micro sign
    {"\xce\xbcs", 1'000},  // U+03BC, the Greek letter
    {"ms", 1'000'000},
    {"s", 1'000'000'000},
    {"m", 60'000'000'000},
    {"h", 3'600'000'000'000},
};

constexpr Unit kSizeUnits[] = {
    {"", 1},
    {"B", 1},
    {"KiB", 1ULL << 10},
    {"MiB", 1ULL << 20},
    {"GiB", 1ULL << 30},
    {"TiB", 1ULL << 40},
    {"kB", 1'000},
    {"MB", 1'000'000},
    {"GB", 1'000'000'000},
};

template <std::size_t N>
std::optional<std::uint64_t> factor_of(std::string_view name, const Unit (&units)[N]) noexcept {
  for (const Unit& unit : units) {
    if (unit.name == name) return unit.factor;
  }
  return std::nullopt;
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

std::string_view take_digits(std::string_view& text) noexcept {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

std::optional<std::uint64_t> to_number(std::string_view digits) noexcept {
  std::uint64_t number = 0;
  if (digits.empty()) return number;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

/// `fraction` digits after the point, as a part of `unit`. In floating point, because Go does so and answers are to be
/// equal; digits that no longer fit are left out, as there.
std::uint64_t fraction_of(std::string_view fraction, std::uint64_t unit) noexcept {
  std::uint64_t number = 0;
  double scale = 1;
  for (char digit : fraction) {
    if (number > (kMaxNanoseconds - 9) / 10) break;
    number = number * 10 + static_cast<std::uint64_t>(digit - '0');
    scale *= 10;
  }
  return static_cast<std::uint64_t>(static_cast<double>(number) * (static_cast<double>(unit) / scale));
}

/// One "1.5h" from the front of `text`, in nanoseconds.
std::optional<std::uint64_t> take_duration_part(std::string_view& text) noexcept {
  std::string_view whole = take_digits(text);
  std::string_view fraction;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    fraction = take_digits(text);
  }
  if (whole.empty() && fraction.empty()) return std::nullopt;

  std::size_t length = 0;
  while (length < text.size() && text[length] != '.' && !is_digit(text[length])) ++length;
  auto unit = factor_of(text.substr(0, length), kTimeUnits);
  text.remove_prefix(length);
  auto number = to_number(whole);
  if (!unit || !number || *number > kMaxNanoseconds / *unit) return std::nullopt;
  std::uint64_t nanoseconds = *number * *unit;
  std::uint64_t rest = fraction_of(fraction, *unit);
  if (nanoseconds > kMaxNanoseconds - rest) return std::nullopt;
  return nanoseconds + rest;
}

}  // namespace

std::optional<bool> parse_boolean(std::string_view text) noexcept {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  return std::nullopt;
}

// A leading zero is refused: YAML 1.1 and 1.2 disagree about whether 010 is eight.
std::optional<std::int64_t> parse_integer(std::string_view text) noexcept {
  bool plus = !text.empty() && text.front() == '+';
  if (plus) text.remove_prefix(1);
  std::string_view digits = text;
  if (!plus && !digits.empty() && digits.front() == '-') digits.remove_prefix(1);
  if (digits.empty() || !is_digit(digits.front()) || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;

  std::int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Duration> parse_duration(std::string_view text) noexcept {
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  if (text == "0") return Duration::zero();
  if (text.empty()) return std::nullopt;

  std::uint64_t sum = 0;
  while (!text.empty()) {
    auto part = take_duration_part(text);
    if (!part || *part > kMaxNanoseconds - sum) return std::nullopt;
    sum += *part;
  }
  auto count = static_cast<std::int64_t>(sum);
  return std::chrono::nanoseconds(negative ? -count : count);
}

std::optional<std::uint64_t> parse_size(std::string_view text) noexcept {
  std::string_view digits = take_digits(text);
  if (digits.empty()) return std::nullopt;
  auto number = to_number(digits);
  auto unit = factor_of(text, kSizeUnits);
  if (!number || !unit || *number > std::numeric_limits<std::uint64_t>::max() / *unit) return std::nullopt;
  return *number * *unit;
}

}  // namespace konduit::config
