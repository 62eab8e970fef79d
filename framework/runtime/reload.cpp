#include "runtime/reload.hpp"

#include <chrono>
#include <exception>
#include <utility>

#include "konduit/shard.hpp"

namespace konduit::runtime {

namespace {

constexpr const char* kReloads = "konduit_reloads_total";
constexpr const char* kReloadsHelp = "Times that the document was read again, by what came of it.";

std::string reasons_of(const config::Change& change) {
  std::string text;
  for (const auto& difference : change.differences) text += (text.empty() ? "" : "; ") + difference.text();
  for (const auto& reason : change.because) text += (text.empty() ? "" : "; ") + reason;
  return text;
}

void tell_of(Logger& log, const config::Change& change) {
  if (change.fate == config::Fate::kept) return;
  log.info("reloading", {{"what", change.name}, {"is", to_string(change.fate)}, {"why", reasons_of(change)}});
}

}  // namespace

Reload::Reload(Environment& environment, Generations& generations, const config::ComponentCatalog& catalog,
               DocumentSource source, std::function<void()> applied)
    : environment_(environment),
      generations_(generations),
      catalog_(catalog),
      source_(std::move(source)),
      applied_(std::move(applied)),
      log_(environment.log.logger("konduit")),
      metrics_(environment.metrics.component("runtime")),
      applied_count_(metrics_->counter(kReloads, kReloadsHelp, {{"result", "applied"}})),
      unchanged_count_(metrics_->counter(kReloads, kReloadsHelp, {{"result", "unchanged"}})),
      refused_count_(metrics_->counter(kReloads, kReloadsHelp, {{"result", "refused"}})),
      tasks_(environment.control()),
      asked_(environment.control()) {}

void Reload::start() {
  if (!source_.read) return;
  if (!source_.files.paths().empty()) {
    watch_ = environment_.files.add(source_.files, [this] { request(); }, log_, metrics_);
  }
  tasks_.spawn(run());
}

void Reload::request() {
  if (!source_.read) {
    log_.warning("there is no document to read again: it was made from flags; start anew to change them");
    return;
  }
  asked_.set();
}

awaitable<void> Reload::run() {
  for (;;) {
    co_await asked_.wait();
    if (stopping_) co_return;
    asked_.clear();
    try {
      co_await carry_out();
    } catch (const std::exception& error) {
      refuse({error.what()});
    }
  }
}

awaitable<void> Reload::carry_out() {
  config::Problems problems;
  auto configuration = source_.read(problems);
  if (!configuration) {
    refuse({problems.text()});
    co_return;
  }
  if (!problems.empty()) log_.warning("the document", {{"warnings", problems.text()}});
  const config::Changes changes(generations_.configuration(), *configuration);
  tell(changes);
  if (changes.none() && differences(generations_.configuration().document, configuration->document).empty()) {
    unchanged_count_.add();
    log_.info("the document was read again and says what it said before");
    co_return;
  }
  const TimePoint began = Clock::now();
  const auto failures = co_await generations_.replace(std::move(*configuration), catalog_);
  if (!failures.empty()) {
    refuse(failures);
    co_return;
  }
  applied_count_.add();
  log_.info("another document is in force", {{"seconds", std::chrono::duration<double>(Clock::now() - began).count()}});
  tell_applied();
}

void Reload::tell_applied() {
  try {
    applied_();
  } catch (const std::exception& error) {
    log_.error("the new document is in force, but this could not be told", {{"reason", error.what()}});
  }
}

void Reload::tell(const config::Changes& changes) {
  for (const auto& change : changes.components()) tell_of(log_, change);
  for (const auto& change : changes.pipelines()) tell_of(log_, change);
  for (const auto& [path, before, after] : changes.at_restart()) {
    log_.warning("this takes effect when the process is started anew",
                 {{"what", path}, {"now", before}, {"then", after}});
  }
}

void Reload::refuse(const std::vector<std::string>& reasons) {
  refused_count_.add();
  for (const auto& reason : reasons) {
    log_.error("the new document is refused, the old one stays in force", {{"reason", reason}});
  }
}

awaitable<void> Reload::stop() {
  stopping_ = true;
  watch_.reset();
  generations_.hurry();
  asked_.set();
  co_await tasks_.join();
}

}  // namespace konduit::runtime
