#include "options.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <map>
#include <string>

#include "endpoint.hpp"
#include "pattern.hpp"
#include "report.hpp"

namespace konduit::bench {

namespace {

struct Milliseconds {
  unsigned warm_up = 500;
  unsigned duration = 3000;
  unsigned patience = 60000;
};

template <class Enum>
CLI::CheckedTransformer one_of(std::initializer_list<Enum> values) {
  std::map<std::string, Enum> names;
  for (const Enum value : values) names.emplace(to_string(value), value);
  return CLI::CheckedTransformer(std::move(names));
}

void add_common(CLI::App& command, std::string& proxy, std::uint16_t& endpoint, Milliseconds& times) {
  command.add_option("--proxy", proxy, "unix:PATH of the proxy; without it straight to the endpoint");
  command.add_option("--endpoint", endpoint, "The endpoint's port")->required();
  command.add_option("--warm-up", times.warm_up, "Milliseconds that do not count")->capture_default_str();
  command.add_option("--duration", times.duration, "Milliseconds that count")->capture_default_str();
}

void add_way(CLI::App& load, Way& way) {
  load.get_option("--proxy")->description("unix:PATH, tcp:IP:PORT or tls:IP:PORT; without it straight to the endpoint");
  load.add_option("--frontend", way.frontend, "How the proxy is asked: http-connect (the default), grpc or none")
      ->transform(one_of({Frontend::none, Frontend::http_connect, Frontend::grpc}));
  load.add_flag("--connection-per-dial", way.connection_per_dial, "grpc: no connection is shared");
  load.add_option("--ca", way.tls.ca, "tls: who signed the proxy's certificate");
  load.add_option("--cert", way.tls.certificate, "tls: what is shown to the proxy");
  load.add_option("--key", way.tls.key, "tls: its key");
}

void add_scenario(CLI::App& load, LoadSettings& settings) {
  load.add_option("--scenario", settings.scenario,
                  "download, upload, both, rr (requests), crr (a tunnel for each request), idle (memory), "
                  "mix (of 100 tunnels 1 downloads, 1 uploads, 20 ask)")
      ->transform(one_of({Scenario::download, Scenario::upload, Scenario::both, Scenario::rr, Scenario::crr,
                          Scenario::idle, Scenario::mix}))
      ->required();
  load.add_option("--tunnels", settings.tunnels, "How many at a time")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  load.add_option("--message", settings.message, "Bytes of a request")
      ->check(CLI::Range(1, 32000))
      ->capture_default_str();
  load.add_option("--piece", settings.piece, "Bytes that are written at once in an upload")
      ->check(CLI::Range(std::size_t{1}, Pattern::kPiece))
      ->capture_default_str();
  load.add_flag("--verify", settings.verify, "Compare every byte that is downloaded");
}

CLI::App* add_load(CLI::App& program, Options& options, Milliseconds& times) {
  LoadSettings& settings = options.load;
  auto* load = program.add_subcommand("load", "Keep tunnels busy and print what came of it");
  add_common(*load, settings.way.proxy, settings.way.endpoint, times);
  add_way(*load, settings.way);
  add_scenario(*load, settings);
  load->add_option("--server", settings.server, "The process whose CPU and memory are told as the server's ...");
  load->add_option("--agent", settings.agent, "... and as the agent's");
  load->add_option("--endpoint-pid", settings.endpoint, "The endpoint's process: its share of a CPU is told");
  load->add_flag("--json", options.json, "One line of JSON");
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

void set_times(Options& options, const Milliseconds& times) {
  options.load.warm_up = options.isolation.warm_up = std::chrono::milliseconds(times.warm_up);
  options.load.duration = options.isolation.duration = std::chrono::milliseconds(times.duration);
  options.isolation.patience = std::chrono::milliseconds(times.patience);
  options.load.progress = isatty(STDERR_FILENO) == 1 || times.duration >= 10000;
}

}  // namespace

Options options_of(int argc, char** argv) {
  Options options;
  Milliseconds times;
  CLI::App program("Drives tunnels and measures them", "konduit-bench");
  program.require_subcommand(1);
  const std::string addresses = endpoint_address(0) + " to " + endpoint_address(kEndpointAddresses - 1);
  auto* endpoint = program.add_subcommand("endpoint", "Be the target on " + addresses + "; prints the port");
  endpoint->add_option("--port", options.port, "0: any");
  auto* load = add_load(program, options, times);
  add_isolation(program, options.isolation, times);
  try {
    program.parse(argc, argv);
    if (options.isolation.set_apart >= options.isolation.tunnels) {
      throw CLI::ValidationError("--set-apart", "no tunnel is left");
    }
    const Way& way = options.load.way;
    if (load->parsed() && way.frontend == Frontend::grpc && way.proxy.empty()) {
      throw CLI::ValidationError("--frontend", "grpc asks a proxy: give --proxy");
    }
  } catch (const CLI::ParseError& error) {
    std::exit(program.exit(error));
  }
  if (endpoint->parsed())
    options.command = Options::Command::endpoint;
  else if (!load->parsed())
    options.command = Options::Command::isolation;
  set_times(options, times);
  return options;
}

}  // namespace konduit::bench
