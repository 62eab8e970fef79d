// The clock, the log and the certificates.
#include <fcntl.h>
#include <glob.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <ctime>
#include <optional>
#include <stdexcept>

#include "chaos/documents.hpp"
#include "chaos/patience.hpp"
#include "chaos/scenarios/scenarios.hpp"

namespace konduit::chaos {

using namespace std::chrono_literals;

namespace {

std::string faketime_library() {
  glob_t found{};
  std::string path;
  if (::glob("/usr/lib/*/faketime/libfaketimeMT.so.1", 0, nullptr, &found) == 0) path = found.gl_pathv[0];
  ::globfree(&found);
  return path;
}

std::size_t count_in(const std::string& text, const std::string& word) {
  std::size_t count = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
  return count;
}

/// How far from now the last line of a log that says `words` is dated; nothing if there is none.
std::optional<std::chrono::seconds> dated(const std::string& log, const std::string& words) {
  const std::size_t at = log.rfind(words);
  if (at == std::string::npos) return std::nullopt;
  const std::size_t begin = log.rfind('\n', at) + 1;  // npos + 1 is the first line's
  std::tm time{};
  if (::strptime(log.c_str() + begin, "%Y-%m-%dT%H:%M:%S", &time) == nullptr) return std::nullopt;
  return std::chrono::seconds(::timegm(&time) - std::time(nullptr));
}

/// Has the server say something, and looks at how it dates that.
void expect_time(Trial& trial, std::chrono::seconds ahead) {
  const std::string words = "the document was read again";
  Site& site = trial.site();
  const std::size_t before = count_in(site.server_log(), words);
  ::kill(site.server().id(), SIGHUP);
  wait_until(Clock::now() + patient(5s), [&] { return count_in(site.server_log(), words) > before; });
  const auto seen = dated(site.server_log(), words);
  trial.check(seen && std::chrono::abs(*seen - ahead) < 60s,
              "the server does not date what it says now " + std::to_string(ahead.count()) + " s ahead");
}

}  // namespace

std::string missing_faketime(const RunSettings& settings) {
  if (settings.programs.sanitized) return "libfaketime and a sanitizer do not get on in one process";
  return faketime_library().empty() ? "libfaketime is not installed (scripts/install-deps --all)" : "";
}

void clock_jumps(Trial& trial) {
  const test_support::TempDirectory folder;
  // The real thing moves the calendar's clock and leaves the monotonic one alone.
  trial.open({.environment = {"LD_PRELOAD=" KONDUIT_CHAOS_TIMERS ":" + faketime_library(),
                              "FAKETIME_TIMESTAMP_FILE=" + folder.write("clock", "+0s"), "FAKETIME_CACHE_DURATION=1",
                              "FAKETIME_DONT_FAKE_MONOTONIC=1", "DONT_FAKE_MONOTONIC=1"}});
  trial.begin_mixed_load();
  trial.act("an hour ahead", [&] { folder.write("clock", "+3600s"); });
  trial.go_on(3s);
  expect_time(trial, 3600s);
  trial.act("half an hour back", [&] { folder.write("clock", "-1800s"); });
  trial.go_on(3s);
  expect_time(trial, -1800s);
  trial.close();
}

void log_full(Trial& trial) {
  const socket::FileDescriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  int ends[2];
  if (!full || ::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no /dev/full, or no pipe");
  const socket::FileDescriptor write_end(ends[1]);
  ::close(ends[0]);
  trial.open({.server_error = full.get(), .agent_error = write_end.get()});
  trial.begin_mixed_load();
  trial.go_on(trial.settings().short_form ? 2s : 4s);
  trial.close();
}

void certificate_expired(Trial& trial) {
  trial.open();
  trial.begin_mixed_load();
  Site& site = trial.site();
  const std::string name = "late";
  site.write_identity(name, site.authority().issue({.common_name = name, .ends_in = -60s}));
  site.write_agent_document(name);
  Process late;
  trial.act("agent with an expired certificate", [&] { late = site.launch(name, {}, -1); });
  trial.go_on(5s);
  const std::string log = site.server_log();
  const std::size_t refused = count_in(log, "certificate has expired");
  trial.check(refused > 0, "the server's log does not say that a certificate has expired");
  // Every second at first, then less often.
  trial.check(refused <= 6,
              "the agent was refused " + std::to_string(refused) + " times in 5 s: it does not wait in between");
  trial.check(site.server_metrics().gauges["konduit_agents_connected"] == 1,
              "the server counts the agent that it refused");
  trial.check(late.running(), "the refused agent gave up");
  trial.figure("refused in 5 s", std::to_string(refused));
  late.kill();
  trial.close();
}

}  // namespace konduit::chaos
