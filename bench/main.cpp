#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <iostream>
#include <map>

#include "endpoint.hpp"
#include "isolation.hpp"
#include "load.hpp"

namespace {

using namespace konduit::bench;

void print_latency(const Percentiles& latency) {
  std::printf("\"p50_us\": %.1f, \"p90_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f, \"longest_us\": %.1f",
              latency.p50, latency.p90, latency.p99, latency.p999, latency.longest);
}

void print(const LoadSettings& settings, const LoadResult& result) {
  const double megabytes = static_cast<double>(result.bytes) / 1e6;
  std::printf(
      "{\"mode\": \"%c\", \"tunnels\": %u, \"seconds\": %.3f, \"mb_per_s\": %.1f, \"cpu_s\": %.2f, "
      "\"cpu_s_per_gb\": %.3f, \"round_trips_per_s\": %.0f, ",
      static_cast<char>(settings.mode), settings.tunnels, result.seconds, megabytes / result.seconds,
      result.cpu_seconds, megabytes > 0 ? result.cpu_seconds / (megabytes / 1e3) : 0.0,
      static_cast<double>(result.round_trips) / result.seconds);
  print_latency(result.latency);
  std::printf(", \"resident_kib\": %ld, \"load_cpu\": %.2f, \"endpoint_cpu\": %.2f}\n", result.resident_kib,
              result.own_cpu_seconds / result.seconds, result.endpoint_cpu_seconds / result.seconds);
}

void print(const IsolationSettings& settings, const IsolationResult& result) {
  const auto others = static_cast<double>(settings.tunnels - settings.set_apart);
  std::printf(
      "{\"stalled\": %u, \"seconds\": %.3f, \"mb_per_s\": %.1f, \"slowest_share\": %.3f, \"round_trips\": %zu, ",
      settings.stall ? settings.set_apart : 0, result.seconds, static_cast<double>(result.bytes) / 1e6 / result.seconds,
      result.bytes > 0 ? static_cast<double>(result.slowest_bytes) * others / static_cast<double>(result.bytes) : 0.0,
      result.round_trips);
  if (result.probe) {
    print_latency(*result.probe);
    std::printf(", ");
  }
  std::printf("\"resumed_bytes\": %llu, \"expected_bytes\": %llu, \"resumed_s\": %.3f, \"fault\": \"%s\"}\n",
              static_cast<unsigned long long>(result.resumed_bytes),
              static_cast<unsigned long long>(result.expected_bytes), result.resumed_seconds, result.fault.c_str());
}

struct Milliseconds {
  unsigned warm_up = 500;
  unsigned duration = 3000;
  unsigned patience = 60000;
};

void add_common(CLI::App& command, std::string& proxy, std::uint16_t& endpoint, Milliseconds& times) {
  command.add_option("--proxy", proxy, "unix:PATH of an HTTP CONNECT proxy; without it straight to the endpoint");
  command.add_option("--endpoint", endpoint, "The endpoint's port")->required();
  command.add_option("--warm-up", times.warm_up, "Milliseconds that do not count")->capture_default_str();
  command.add_option("--duration", times.duration, "Milliseconds that count")->capture_default_str();
}

CLI::App* add_load(CLI::App& program, LoadSettings& settings, Milliseconds& times) {
  auto* load = program.add_subcommand("load", "Keep tunnels busy and print one line of JSON");
  add_common(*load, settings.proxy, settings.endpoint, times);
  load->add_option("--mode", settings.mode, "download, upload or rr (requests and answers)")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Mode>{{"download", Mode::download}, {"upload", Mode::upload}, {"rr", Mode::echo}}));
  load->add_option("--tunnels", settings.tunnels, "How many at a time")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  load->add_option("--message", settings.message, "Bytes of a request (rr)")
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  load->add_flag("--verify", settings.verify, "Compare every byte that is downloaded");
  load->add_option("--pid", settings.processes, "Processes whose CPU and memory are counted");
  load->add_option("--endpoint-pid", settings.endpoint_process, "The endpoint's process: its share of a CPU is told");
  return load;
}

CLI::App* add_isolation(CLI::App& program, IsolationSettings& settings, Milliseconds& times) {
  auto* isolation = program.add_subcommand(
      "isolation", "Download through many tunnels, of which some are not read, beside a probe; print one line of JSON");
  add_common(*isolation, settings.proxy, settings.endpoint, times);
  isolation->add_option("--probe-endpoint", settings.probe_endpoint, "The port of another endpoint, for the probe")
      ->required();
  isolation->add_option("--tunnels", settings.tunnels, "That download")
      ->check(CLI::Range(2, 10000))
      ->capture_default_str();
  isolation->add_option("--set-apart", settings.set_apart, "So many of them do not count among the others ...")
      ->check(CLI::Range(1, 9999))
      ->capture_default_str();
  isolation->add_flag("--stall", settings.stall, "... and are not read until the time is over");
  isolation->add_option("--length", settings.length, "Bytes that each stalled tunnel must bring then")
      ->capture_default_str();
  isolation->add_option("--patience", times.patience, "Milliseconds for that")->capture_default_str();
  return isolation;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App program("Drives tunnels and measures them", "konduit-bench");
  program.require_subcommand(1);
  std::uint16_t port = 0;
  auto* endpoint = program.add_subcommand("endpoint", "Be the target on 127.0.0.1; prints the port");
  endpoint->add_option("--port", port, "0: any");

  LoadSettings load_settings;
  IsolationSettings isolation_settings;
  Milliseconds times;
  auto* load = add_load(program, load_settings, times);
  add_isolation(program, isolation_settings, times);
  CLI11_PARSE(program, argc, argv);

  try {
    if (endpoint->parsed()) run_endpoint(port);
    if (load->parsed()) {
      load_settings.warm_up = std::chrono::milliseconds(times.warm_up);
      load_settings.duration = std::chrono::milliseconds(times.duration);
      print(load_settings, run_load(load_settings));
      return 0;
    }
    if (isolation_settings.set_apart >= isolation_settings.tunnels) throw std::invalid_argument("no tunnel is left");
    isolation_settings.warm_up = std::chrono::milliseconds(times.warm_up);
    isolation_settings.duration = std::chrono::milliseconds(times.duration);
    isolation_settings.patience = std::chrono::milliseconds(times.patience);
    print(isolation_settings, run_isolation(isolation_settings));
  } catch (const std::exception& error) {
    std::cerr << "konduit-bench: " << error.what() << '\n';
    return 1;
  }
}
