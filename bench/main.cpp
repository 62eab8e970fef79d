#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <iostream>
#include <map>

#include "endpoint.hpp"
#include "load.hpp"

namespace {

using namespace konduit::bench;

void print(const LoadSettings& settings, const LoadResult& result) {
  const double megabytes = static_cast<double>(result.bytes) / 1e6;
  std::printf(
      "{\"mode\": \"%c\", \"tunnels\": %u, \"seconds\": %.3f, \"mb_per_s\": %.1f, \"cpu_s\": %.2f, \"cpu_s_per_gb\": %.3f, "
      "\"round_trips_per_s\": %.0f, \"p50_us\": %.1f, \"p99_us\": %.1f, \"resident_kib\": %ld}\n",
      static_cast<char>(settings.mode), settings.tunnels, result.seconds, megabytes / result.seconds,
      result.cpu_seconds, megabytes > 0 ? result.cpu_seconds / (megabytes / 1e3) : 0.0,
      static_cast<double>(result.round_trips) / result.seconds, result.p50_us, result.p99_us, result.resident_kib);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App program("Drives tunnels and measures them", "konduit-bench");
  program.require_subcommand(1);
  std::uint16_t port = 0;
  auto* endpoint = program.add_subcommand("endpoint", "Be the target on 127.0.0.1; prints the port");
  endpoint->add_option("--port", port, "0: any");

  LoadSettings settings;
  unsigned warm_up = 500;
  unsigned duration = 3000;
  auto* load = program.add_subcommand("load", "Run one scenario and print one line of JSON");
  load->add_option("--proxy", settings.proxy,
                   "unix:PATH of an HTTP CONNECT proxy; without it straight to the endpoint");
  load->add_option("--endpoint", settings.endpoint, "The endpoint's port")->required();
  load->add_option("--mode", settings.mode, "download, upload or rr")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Mode>{{"download", Mode::download}, {"upload", Mode::upload}, {"rr", Mode::echo}}));
  load->add_option("--tunnels", settings.tunnels, "How many at a time")->check(CLI::Range(1, 10000));
  load->add_option("--message", settings.message, "Bytes of a request (rr)")->check(CLI::Range(1, 65536));
  load->add_option("--warm-up", warm_up, "Milliseconds that do not count");
  load->add_option("--duration", duration, "Milliseconds that count");
  load->add_option("--pid", settings.processes, "Processes whose CPU and memory are counted");
  CLI11_PARSE(program, argc, argv);

  try {
    if (endpoint->parsed()) run_endpoint(port);
    settings.warm_up = std::chrono::milliseconds(warm_up);
    settings.duration = std::chrono::milliseconds(duration);
    print(settings, run_load(settings));
  } catch (const std::exception& error) {
    std::cerr << "konduit-bench: " << error.what() << '\n';
    return 1;
  }
}
