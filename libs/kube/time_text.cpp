#include <algorithm>
#include <charconv>
#include <cstdio>
#include <ctime>

#include "kube/lease.hpp"

namespace konduit::kube {
namespace {

using std::chrono::microseconds;

/// Reads a fixed number of digits from the front of a text.
class Digits {
 public:
  explicit Digits(std::string_view text) : rest_(text) {}

  int number(std::size_t digits) {
    int value = 0;
    if (rest_.size() < digits) return fail();
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + digits, value);
    if (error != std::errc{} || end != rest_.data() + digits || value < 0) return fail();
    rest_.remove_prefix(digits);
    return value;
  }
  void skip(std::string_view one_of) {
    if (rest_.empty() || one_of.find(rest_.front()) == std::string_view::npos) {
      fail();
    } else {
      rest_.remove_prefix(1);
    }
  }
  microseconds fraction() {
    if (!rest_.starts_with('.')) return microseconds(0);
    rest_.remove_prefix(1);
    const std::size_t count = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    if (count == 0) fail();
    std::string digits(rest_.substr(0, count));
    digits.resize(6, '0');
    rest_.remove_prefix(count);
    return microseconds(std::atoi(digits.c_str()));
  }
  /// How far local time is ahead of UTC.
  std::chrono::minutes offset() {
    if (rest_ == "Z" || rest_ == "z") return std::chrono::minutes(0);
    const bool behind = rest_.starts_with('-');
    skip("+-");
    const int hours = number(2);
    skip(":");
    const int minutes = number(2);
    if (!rest_.empty()) fail();
    return std::chrono::minutes((behind ? -1 : 1) * (hours * 60 + minutes));
  }
  bool ok() const noexcept { return ok_; }

 private:
  int fail() noexcept {
    ok_ = false;
    return 0;
  }

  std::string_view rest_;
  bool ok_ = true;
};

bool in_range(const std::tm& parts) {
  return parts.tm_year >= 1970 - 1900 && parts.tm_mon >= 0 && parts.tm_mon < 12 && parts.tm_mday >= 1 &&
         parts.tm_mday <= 31 && parts.tm_hour < 24 && parts.tm_min < 60 && parts.tm_sec <= 60;
}

/// For much later times a clock of nanoseconds has no numbers.
constexpr std::time_t kLatest = 7'258'118'400;  // the year 2200

}  // namespace

std::string time_text(WallTime time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t seconds = std::chrono::system_clock::to_time_t(whole);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  const auto size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  char fraction[16];
  std::snprintf(fraction, sizeof fraction, ".%06dZ",
                static_cast<int>(std::chrono::floor<microseconds>(time - whole).count()));
  return std::string(text, size) + fraction;
}

std::optional<WallTime> parse_time(std::string_view text) {
  Digits digits(text);
  std::tm parts{};
  parts.tm_year = digits.number(4) - 1900;
  digits.skip("-");
  parts.tm_mon = digits.number(2) - 1;
  digits.skip("-");
  parts.tm_mday = digits.number(2);
  digits.skip("Tt ");
  parts.tm_hour = digits.number(2);
  digits.skip(":");
  parts.tm_min = digits.number(2);
  digits.skip(":");
  parts.tm_sec = digits.number(2);
  const microseconds fraction = digits.fraction();
  const std::chrono::minutes offset = digits.offset();
  if (!digits.ok() || !in_range(parts)) return std::nullopt;
  const std::time_t seconds = timegm(&parts) - std::chrono::seconds(offset).count();
  if (seconds < 0 || seconds >= kLatest) return std::nullopt;
  return std::chrono::system_clock::from_time_t(seconds) + fraction;
}

}  // namespace konduit::kube
