#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <iostream>
#include <map>

#include "endpoint.hpp"
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

struct Milliseconds {
  unsigned warm_up = 500;
  unsigned duration = 3000;
};

void add_common(CLI::App& command, std::string& proxy, std::uint16_t& endpoint, Milliseconds& times) {
  command.add_option("--proxy", proxy, "unix:PATH of an HTTP CONNECT proxy; without it straight to the endpoint");
  command.add_option("--endpoint", endpoint, "The endpoint's port")->required();
  command.add_option("--warm-up", times.warm_up, "Milliseconds that do not count")->capture_default_str();
  command.add_option("--duration", times.duration, "Milliseconds that count")->capture_default_str();
}

void add_load(CLI::App& program, LoadSettings& settings, Milliseconds& times) {
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
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App program("Drives tunnels and measures them", "konduit-bench");
  program.require_subcommand(1);
  std::uint16_t port = 0;
  auto* endpoint = program.add_subcommand("endpoint", "Be the target on 127.0.0.1; prints the port");
  endpoint->add_option("--port", port, "0: any");

  LoadSettings load_settings;
  Milliseconds times;
  add_load(program, load_settings, times);
  CLI11_PARSE(program, argc, argv);

  try {
    if (endpoint->parsed()) run_endpoint(port);
    load_settings.warm_up = std::chrono::milliseconds(times.warm_up);
    load_settings.duration = std::chrono::milliseconds(times.duration);
    print(load_settings, run_load(load_settings));
  } catch (const std::exception& error) {
    std::cerr << "konduit-bench: " << error.what() << '\n';
    return 1;
  }
}
