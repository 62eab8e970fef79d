#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/invariant.hpp"
#include "kube/json.hpp"
#include "kube/lease.hpp"
#include "kube/lines.hpp"
#include "kube/token_review.hpp"

namespace {

using namespace konduit::kube;
using konduit::fuzz::hold;

struct Collector final : LineSink {
  bool on_line(std::string_view line) override {
    lines.emplace_back(line);
    return true;
  }
  std::vector<std::string> lines;
};

/// The lines of a watch that comes in pieces of one size.
std::vector<std::string> lines_of(std::string_view text, std::size_t piece) {
  Collector collector;
  Lines lines(200, collector);
  for (std::size_t at = 0; at < text.size() && !lines.too_long(); at += piece) lines.add(text.substr(at, piece));
  return collector.lines;
}

/// The years that are read: a time zone can carry a time beyond them.
bool readable(const std::optional<WallTime>& time) {
  return !time || (*time >= WallTime() && time_text(*time) < "2200");
}

void times_come_back(std::string_view text) {
  const auto time = parse_time(text);
  if (time && readable(time)) hold(parse_time(time_text(*time)) == time, "a time is read as it was written");
}

void leases_come_back(std::string_view text) {
  const auto lease = parse_lease(text);
  if (!lease || !readable(lease->acquired) || !readable(lease->renewed)) return;
  hold(!lease->name.empty(), "a lease has a name");
  const auto again = parse_lease(lease_text(*lease, "kube-system"));
  hold(again && again->name == lease->name && again->labels == lease->labels && again->holder == lease->holder &&
           again->resource_version == lease->resource_version,
       "a lease's texts are read as they were written");
  hold(again->duration == lease->duration && again->acquired == lease->acquired && again->renewed == lease->renewed,
       "a lease's times are read as they were written");
  if (const auto end = lease->valid_until()) {
    hold(!lease->valid_at(*end) && lease->valid_at(*end - std::chrono::seconds(1)), "a lease holds until its end");
  }
}

/// A number beyond the largest double is read as infinity, which JSON has no word for.
bool printable(const json::value& value) {
  if (value.is_double()) return std::isfinite(value.get_double());
  if (value.is_array()) return std::ranges::all_of(value.get_array(), printable);
  if (!value.is_object()) return true;
  return std::ranges::all_of(value.get_object(), [](const auto& member) { return printable(member.value()); });
}

void reviews_come_back(std::string_view text) {
  const auto review = parse_token_review(text);
  if (!review) return;
  const auto object = parse_object(text);
  hold(object.has_value(), "a TokenReview is an object");
  if (!printable(*object)) return;
  const auto again = parse_token_review(json::serialize(*object));
  hold(again && again->authenticated == review->authenticated && again->username == review->username &&
           again->audiences == review->audiences && again->error == review->error && again->groups == review->groups &&
           again->extra == review->extra,
       "a TokenReview says the same when it is printed");
}

}  // namespace

// What an API server answers: a watch's lines, and each of them a Lease, a TokenReview or a time.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 20'000) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto lines = lines_of(text, 1);
  hold(lines_of(text, 7) == lines, "cuts do not matter to lines");
  times_come_back(text);
  leases_come_back(text);
  reviews_come_back(text);
  for (const std::string& line : lines) times_come_back(line);
  return 0;
}
