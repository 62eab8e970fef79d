#include "telemetry/process_metrics.hpp"

#include <openssl/crypto.h>
#include <sys/resource.h>
#include <unistd.h>
#include <boost/version.hpp>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

namespace konduit::telemetry {
namespace {

using prometheus::MetricType;

void append(std::vector<prometheus::MetricFamily>& out, const char* name, const char* help, MetricType type,
            double value) {
  prometheus::MetricFamily family{name, help, type, std::vector<prometheus::ClientMetric>(1)};
  (type == MetricType::Counter ? family.metric[0].counter.value : family.metric[0].gauge.value) = value;
  out.push_back(std::move(family));
}

/// The fields that are used here of proc(5), /proc/self/stat.
struct ProcessStatus {
  double cpu_seconds;
  double start_seconds;  ///< Since the machine was started.
  double virtual_bytes;
  double resident_bytes;
};

std::optional<ProcessStatus> process_status() {
  std::ifstream file("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  // The program's name, in parentheses, may hold anything: the last parenthesis ends it. Field 3 follows.
  const std::size_t end = text.rfind(')');
  if (end == std::string::npos) return std::nullopt;
  std::istringstream rest(text.substr(end + 1));
  const std::vector<std::string> fields(std::istream_iterator<std::string>(rest), {});
  constexpr std::size_t kFirst = 3;
  if (fields.size() < 25 - kFirst) return std::nullopt;
  const auto field = [&fields](std::size_t number) { return std::stod(fields[number - kFirst]); };
  const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const double page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  return ProcessStatus{(field(14) + field(15)) / ticks, field(22) / ticks, field(23), field(24) * page};
}

/// When the machine was started, in seconds since 1970.
std::optional<double> boot_seconds() {
  std::ifstream file("/proc/stat");
  std::string word;
  double seconds = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream in(line);
    if (in >> word >> seconds && word == "btime") return seconds;
  }
  return std::nullopt;
}

std::optional<double> open_descriptors() {
  std::error_code code;
  const std::filesystem::directory_iterator first("/proc/self/fd", code);
  if (code) return std::nullopt;
  // One of them is the iterator's own.
  return static_cast<double>(std::distance(begin(first), end(first)) - 1);
}

}  // namespace

void append_process_metrics(std::vector<prometheus::MetricFamily>& out) {
  if (const auto status = process_status()) {
    append(out, "process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", MetricType::Counter,
           status->cpu_seconds);
    append(out, "process_resident_memory_bytes", "Resident memory size in bytes.", MetricType::Gauge,
           status->resident_bytes);
    append(out, "process_virtual_memory_bytes", "Virtual memory size in bytes.", MetricType::Gauge,
           status->virtual_bytes);
    static const std::optional<double> boot = boot_seconds();
    if (boot) {
      append(out, "process_start_time_seconds", "Start time of the process since unix epoch in seconds.",
             MetricType::Gauge, *boot + status->start_seconds);
    }
  }
  if (const auto open = open_descriptors()) {
    append(out, "process_open_fds", "Number of open file descriptors.", MetricType::Gauge, *open);
  }
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    append(out, "process_max_fds", "Maximum number of open file descriptors.", MetricType::Gauge,
           static_cast<double>(limit.rlim_cur));
  }
}

void add_build_info(MetricsRegistry& registry, std::string_view version) {
  registry.exported()
      .gauge("konduit_build_info", "What runs here; the value is always 1.",
             {{"version", version},
              {"compiler", __VERSION__},
              {"boost", BOOST_LIB_VERSION},
              {"openssl", ::OpenSSL_version(OPENSSL_VERSION_STRING)}})
      .set(1);
}

}  // namespace konduit::telemetry
