#include "report.hpp"

#include <cstdarg>
#include <cstdio>

namespace konduit::bench {

namespace {

__attribute__((format(printf, 1, 2))) std::string format(const char* pattern, ...) {
  char text[1024];
  va_list arguments;
  va_start(arguments, pattern);
  std::vsnprintf(text, sizeof(text), pattern, arguments);
  va_end(arguments);
  return text;
}

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

/// What results are told by.
struct Figures {
  Figures(const LoadSettings& settings, const LoadResult& result)
      : mb_per_s(static_cast<double>(result.bytes) / 1e6 / result.seconds),
        per_s(static_cast<double>(result.finished) / result.seconds),
        cpu_s(result.server.cpu_seconds + result.agent.cpu_seconds),
        cpu_s_per_gb(ratio(cpu_s, static_cast<double>(result.bytes) / 1e9)),
        cpu_s_per_100k(ratio(cpu_s, static_cast<double>(result.finished) / 1e5)),
        server_per_tunnel(growth(result.server) / settings.tunnels),
        agent_per_tunnel(growth(result.agent) / settings.tunnels) {}

  static double growth(const Cost& cost) {
    return 1024 * static_cast<double>(cost.at_end.anonymous - cost.before.anonymous);
  }

  double mb_per_s;
  double per_s;
  double cpu_s;
  double cpu_s_per_gb;
  double cpu_s_per_100k;
  double server_per_tunnel;  // bytes
  double agent_per_tunnel;
};

std::string json(const Percentiles& latency) {
  return format("\"p50_us\": %.1f, \"p90_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f, \"longest_us\": %.1f",
                latency.p50, latency.p90, latency.p99, latency.p999, latency.longest);
}

std::string json(const char* name, const Cost& cost, double per_tunnel) {
  return format(
      "\"%s_cpu_s\": %.2f, \"%s_anonymous_kib\": %ld, \"%s_resident_kib\": %ld, \"%s_bytes_per_tunnel\": %.0f", name,
      cost.cpu_seconds, name, cost.peak.anonymous, name, cost.peak.resident, name, per_tunnel);
}

std::string line(const char* name, const Cost& cost, double per_tunnel, bool idle) {
  std::string text = format("%-10s %8.2f CPU-s %9ld KiB anonymous, %ld resident (peaks)", name, cost.cpu_seconds,
                            cost.peak.anonymous, cost.peak.resident);
  return text + (idle ? format("; %.0f bytes a tunnel\n", per_tunnel) : "\n");
}

}  // namespace

const char* to_string(Scenario scenario) {
  switch (scenario) {
    case Scenario::download: return "download";
    case Scenario::upload: return "upload";
    case Scenario::both: return "both";
    case Scenario::rr: return "rr";
    case Scenario::crr: return "crr";
    case Scenario::idle: return "idle";
    case Scenario::mix: return "mix";
  }
  return "";
}

const char* to_string(Frontend frontend) {
  switch (frontend) {
    case Frontend::none: return "none";
    case Frontend::http_connect: return "http-connect";
    case Frontend::grpc: return "grpc";
  }
  return "";
}

std::string json(const LoadSettings& settings, const LoadResult& result) {
  const Figures figures(settings, result);
  std::string text =
      format("{\"scenario\": \"%s\", \"frontend\": \"%s\", \"tunnels\": %u, \"seconds\": %.3f, ",
             to_string(settings.scenario), to_string(settings.way.frontend), settings.tunnels, result.seconds);
  text +=
      format("\"mb_per_s\": %.1f, \"per_s\": %.1f, \"cpu_s\": %.2f, \"cpu_s_per_gb\": %.3f, \"cpu_s_per_100k\": %.3f, ",
             figures.mb_per_s, figures.per_s, figures.cpu_s, figures.cpu_s_per_gb, figures.cpu_s_per_100k);
  text += json(result.latency) + ", ";
  text += json("server", result.server, figures.server_per_tunnel) + ", ";
  text += json("agent", result.agent, figures.agent_per_tunnel) + ", ";
  return text + format("\"load_cpu\": %.2f, \"endpoint_cpu\": %.2f}", result.own_cpu_seconds / result.seconds,
                       result.endpoint_cpu_seconds / result.seconds);
}

std::string json(const IsolationSettings& settings, const IsolationResult& result) {
  const auto others = static_cast<double>(settings.tunnels - settings.set_apart);
  const auto bytes = static_cast<double>(result.bytes);
  std::string text =
      format("{\"stalled\": %u, \"seconds\": %.3f, \"mb_per_s\": %.1f, \"slowest_share\": %.3f, \"round_trips\": %zu, ",
             settings.stall ? settings.set_apart : 0, result.seconds, bytes / 1e6 / result.seconds,
             ratio(static_cast<double>(result.slowest_bytes) * others, bytes), result.round_trips);
  if (result.probe) text += json(*result.probe) + ", ";
  return text + format("\"resumed_bytes\": %llu, \"expected_bytes\": %llu, \"resumed_s\": %.3f, \"fault\": \"%s\"}",
                       static_cast<unsigned long long>(result.resumed_bytes),
                       static_cast<unsigned long long>(result.expected_bytes), result.resumed_seconds,
                       result.fault.c_str());
}

std::string table(const LoadSettings& settings, const LoadResult& result) {
  const Figures figures(settings, result);
  std::string text = format("%s, %u tunnels, %s, %.1f s\n", to_string(settings.scenario), settings.tunnels,
                            to_string(settings.way.frontend), result.seconds);
  if (result.bytes != 0) {
    text += format("bytes      %8.0f MB/s %10.2f CPU-s per GB\n", figures.mb_per_s, figures.cpu_s_per_gb);
  }
  if (result.finished != 0) {
    text += format("requests   %8.0f /s   %10.2f CPU-s per 100 k\n", figures.per_s, figures.cpu_s_per_100k);
    text += format("latency    %8.0f us p50, %.0f p90, %.0f p99, %.0f p99.9, %.0f longest\n", result.latency.p50,
                   result.latency.p90, result.latency.p99, result.latency.p999, result.latency.longest);
  }
  const bool idle = settings.scenario == Scenario::idle;
  if (settings.server != 0) text += line("server", result.server, figures.server_per_tunnel, idle);
  if (settings.agent != 0) text += line("agent", result.agent, figures.agent_per_tunnel, idle);
  return text + format("measuring  %8.2f CPUs load, %.2f endpoint (near 1, it has measured itself)\n",
                       result.own_cpu_seconds / result.seconds, result.endpoint_cpu_seconds / result.seconds);
}

}  // namespace konduit::bench
