#pragma once

#include <map>
#include <string>

namespace konduit::chaos {

/// What a process tells at /metrics, by name: the sum over a family's series.
struct MetricsPage {
  std::map<std::string, double> gauges;
  std::map<std::string, double> counters;

  /// Asks over a Unix socket. Throws std::runtime_error when nobody answers within two seconds.
  static MetricsPage fetch(const std::string& socket);
  static MetricsPage parse(const std::string& text);
};

}  // namespace konduit::chaos
