#include "telemetry/profiling_routes.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "telemetry/symbols.hpp"

namespace konduit::telemetry {
namespace {

constexpr const char* kBinary = "application/octet-stream";
constexpr int kSeconds = 30;
constexpr int kMostSeconds = 300;

HttpResponse contents(const HttpRequest&) {
  return {.body =
              "profile?seconds=30  CPU profile (gperftools' format; pprof reads it)\n"
              "symbol              names of functions, for pprof\n"
              "cmdline             the command line\n"};
}

HttpResponse moved(const HttpRequest&) { return {.status = 301, .headers = {{"Location", "/debug/pprof/"}}}; }

HttpResponse command_line(const HttpRequest&) {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  return {.body = std::string(std::istreambuf_iterator<char>(file), {})};
}

HttpResponse symbols(const HttpRequest& request) {
  if (!request.body.empty()) return {.body = symbol_page(request.body)};
  return {.body = symbol_page(request.query.empty() ? std::string_view{} : request.query.front().first)};
}

int seconds_of(const HttpRequest& request) {
  const std::string_view text = request.value("seconds");
  int seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return seconds <= 0 ? kSeconds : std::min(seconds, kMostSeconds);
}

awaitable<HttpResponse> profile(CpuProfiler* profiler, Shard* shard, HttpRequest request) {
  if (profiler->busy()) {
    co_return HttpResponse{.status = 500, .body = "Could not enable CPU profiling: cpu profiling already in use\n"};
  }
  std::string bytes = co_await profiler->profile(*shard, std::chrono::seconds(seconds_of(request)));
  if (bytes.empty()) co_return HttpResponse{.status = 500, .body = "Could not enable CPU profiling\n"};
  co_return HttpResponse{.body = std::move(bytes),
                         .content_type = kBinary,
                         .headers = {{"Content-Disposition", "attachment; filename=\"profile\""}}};
}

}  // namespace

void add_profiling_routes(Router& router, CpuProfiler& profiler, Shard& shard) {
  router.add("/debug/pprof", moved);
  router.add("/debug/pprof/", contents);
  router.add("/debug/pprof/cmdline", command_line);
  router.add_posted("/debug/pprof/symbol", symbols);
  router.add_slow("/debug/pprof/profile",
                  [&profiler, &shard](HttpRequest request) { return profile(&profiler, &shard, std::move(request)); });
}

}  // namespace konduit::telemetry
