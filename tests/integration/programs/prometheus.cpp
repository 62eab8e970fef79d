#include "prometheus.hpp"

#include <unistd.h>

#include <chrono>
#include <sstream>
#include <stdexcept>

#include "support/peer.hpp"

namespace konduit::programs {
namespace {

using test_support::kPatience;
using test_support::Program;
using test_support::TempDirectory;

constexpr const char* kPrometheus = "/usr/bin/prometheus";
constexpr const char* kPromtool = "/usr/bin/promtool";

std::string configuration(const std::vector<std::string>& targets) {
  std::string list;
  for (const auto& target : targets) list += (list.empty() ? "\"" : ", \"") + target + "\"";
  return "global: {scrape_interval: 200ms, scrape_timeout: 200ms}\n"
         "scrape_configs: [{job_name: konduit, static_configs: [{targets: [" +
         list + "]}]}]\n";
}

std::string encoded(const std::string& query) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  std::string text;
  for (const char c : query) {
    const auto byte = static_cast<unsigned char>(c);
    text += {'%', kDigits[byte / 16], kDigits[byte % 16]};
  }
  return text;
}

}  // namespace

bool has_prometheus() { return ::access(kPrometheus, X_OK) == 0 && ::access(kPromtool, X_OK) == 0; }

Prometheus::Prometheus(const TempDirectory& folder, const std::vector<std::string>& targets)
    : program_({kPrometheus, "--config.file=" + folder.write("prometheus.yml", configuration(targets)),
                "--storage.tsdb.path=" + folder.file("prometheus"), "--web.listen-address=127.0.0.1:0"}) {}

std::string Prometheus::place() {
  const std::string before = "\"Listening on\" address=";
  if (!program_.says("Server is ready") || !program_.says(before)) throw std::runtime_error(program_.output());
  const std::string& text = program_.output();
  const auto begin = text.find(before) + before.size();
  return text.substr(begin, text.find_first_of(" \n", begin) - begin);
}

bool Prometheus::comes_to(const std::string& query, const std::string& wanted) {
  const std::string where = place();
  const auto end = std::chrono::steady_clock::now() + kPatience;
  do {
    answer_ = test_support::http_get("tcp://" + where, "/api/v1/query?query=" + encoded(query), where);
    if (answer_.find(",\"" + wanted + "\"]}]") != std::string::npos) return true;
    // A breath, as long as it runs.
    if (program_.exit_status(std::chrono::milliseconds(100))) return false;
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

std::vector<std::string> findings_of_promtool(const TempDirectory& folder, const std::string& page) {
  constexpr int kFound = 3;
  const std::string file = folder.write("page.metrics", page);
  Program promtool({"/bin/sh", "-c", "exec \"$0\" check metrics <\"$1\"", kPromtool, file});
  const auto status = promtool.exit_status();
  if (status != 0 && status != kFound) throw std::runtime_error(promtool.output());
  std::vector<std::string> findings;
  std::istringstream lines(promtool.output());
  for (std::string line; std::getline(lines, line);) findings.push_back(line);
  return findings;
}

}  // namespace konduit::programs
