#include "filters/audit_line.hpp"

#include <cstdio>
#include <ctime>
#include <string_view>

#include "text/json.hpp"

namespace konduit::filters {

namespace {

using std::chrono::system_clock;
using text::json_text;
namespace json = text::json;

/// RFC 3339, in UTC, with milliseconds.
std::string time_text(system_clock::time_point time) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
  const std::time_t seconds = system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char written[32];
  const std::size_t size = std::strftime(written, sizeof written, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(written + size, sizeof written - size, ".%03dZ", static_cast<int>(milliseconds % 1000));
  return written;
}

std::int64_t microseconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
}

/// "http-connect" of "http-connect/ops".
std::string_view type_of(std::string_view id) { return id.substr(0, id.find('/')); }

std::string line_of(const json::object& object) { return json::serialize(object) + "\n"; }

}  // namespace

std::string audit_line(const TunnelSummary& summary, system_clock::time_point now) {
  const DialRequest& request = *summary.request;
  json::object line;
  line["time"] = time_text(now);
  line["event"] = summary.error ? "dial failed" : "tunnel ended";
  line["pipeline"] = json_text(summary.pipeline);
  line["frontend"] = json_text(request.frontend);
  line["protocol"] = json_text(type_of(request.frontend));
  line["client"] = json_text(request.peer.address);
  line["identity"] = json_text(request.peer.identity);
  line["target"] = json_text(request.target.text());
  line["served_by"] = json_text(summary.remote);
  line["bytes_to_target"] = summary.bytes_to_target;
  line["bytes_to_client"] = summary.bytes_to_client;
  line["dial_us"] = microseconds(summary.dial_time);
  line["open_us"] = microseconds(summary.open_time);
  line["end"] = json_text(summary.end);
  if (summary.error) line["error"] = json_text(summary.error->text);
  return line_of(line);
}

std::string audit_gap(std::uint64_t lines, system_clock::time_point now) {
  return line_of({{"time", time_text(now)}, {"event", "lines lost"}, {"lines", lines}});
}

}  // namespace konduit::filters
