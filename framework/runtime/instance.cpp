#include "runtime/instance.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_signal_set.hpp>

#include <csignal>
#include <exception>
#include <utility>

#include "runtime/ready_file.hpp"

namespace konduit::runtime {

Instance::Instance(Platform& platform, config::Configuration configuration)
    : platform_(platform),
      shards_(configuration.runtime.shards, configuration.runtime.busy_poll),
      budget_(configuration.runtime.memory_budget, configuration.runtime.max_tunnels, shards_.all()),
      tunnels_(configuration.runtime.max_tunnels, configuration.runtime.max_tunnels_per_peer),
      listeners_(platform.transports(), shards_.all()),
      retained_(shards_.all(), platform.log(), platform.metrics(), budget_),
      files_(shards_.control()),
      environment_{shards_.all(), budget_,        tunnels_,           platform.transports(),
                   listeners_,    platform.log(), platform.metrics(), health_,
                   retained_,     files_},
      telemetry_(environment_, configuration.telemetry),
      generations_(environment_, std::move(configuration)),
      tasks_(shards_.control()),
      asked_once_(shards_.control()),
      asked_twice_(shards_.control()) {}

Instance::~Instance() = default;

void Instance::create(const config::ComponentCatalog& catalog, config::Problems& problems) {
  generations_.create(catalog, problems);
}

std::vector<std::string> Instance::run(const RunOptions& options) {
  std::signal(SIGPIPE, SIG_IGN);
  tasks_.spawn(live(options));
  shards_.run();
  return std::move(failures_);
}

std::vector<std::string> Instance::provision() {
  tasks_.spawn(try_out());
  shards_.run();
  return std::move(failures_);
}

awaitable<void> Instance::try_out() {
  co_await attempt(prepare());
  co_await attempt(stop());
  shards_.stop();
}

std::optional<std::size_t> Instance::rehearse(const config::ComponentCatalog& catalog, config::Problems& problems) {
  Rehearsal rehearsal(environment_, generations_.configuration());
  rehearsal.create(catalog, problems);
  if (!problems.ok()) return std::nullopt;
  std::optional<std::size_t> otherwise;
  tasks_.spawn(rehearse(rehearsal, problems, otherwise));
  shards_.run();
  return otherwise;
}

awaitable<void> Instance::rehearse(Rehearsal& rehearsal, config::Problems& problems,
                                   std::optional<std::size_t>& otherwise) {
  otherwise = co_await rehearsal.run(problems);
  shards_.stop();
}

void Instance::request_stop() noexcept {
  shards_.control().post([this] { (asked_once_.is_set() ? asked_twice_ : asked_once_).set(); });
}

void Instance::request_reload() noexcept {
  shards_.control().post([this] {
    if (reload_) reload_->request();
  });
}

awaitable<void> Instance::live(RunOptions options) {
  reload_ = std::make_unique<Reload>(environment_, generations_, platform_.plugins(), options.source,
                                     [this, file = options.ready_file] { tell_listeners(file); });
  TaskGroup signals(shards_.control());
  if (options.handle_signals) signals.spawn(watch_signals());
  co_await attempt(start(options));
  if (failures_.empty()) {
    co_await asked_once_.wait();
    co_await attempt(drain());
  }
  co_await attempt(stop());
  co_await unless_hurried(settle());
  signals.cancel();
  co_await signals.join();
  shards_.stop();
}

/// Whatever fails, the shards must be stopped in the end: run() would not return otherwise.
awaitable<void> Instance::attempt(awaitable<void> step) {
  try {
    co_await std::move(step);
  } catch (const std::exception& error) {
    failures_.emplace_back(error.what());
  }
}

awaitable<void> Instance::prepare() {
  failures_ = co_await generations_.prepare();
  telemetry_.prepare(failures_);
}

awaitable<void> Instance::start(const RunOptions& options) {
  co_await prepare();
  if (!failures_.empty()) co_return;
  failures_ = co_await generations_.start();
  if (!failures_.empty()) co_return;
  telemetry_.start();
  files_.start();
  tell_listeners(options.ready_file);
  platform_.log().logger("konduit").info("ready");
  reload_->start();
}

void Instance::tell_listeners(const std::string& ready_file) {
  auto listeners = generations_.listeners();
  telemetry_.append_listeners(listeners);
  if (!ready_file.empty()) write_ready_file(ready_file, listeners);
  Logger& log = platform_.log().logger("konduit");
  for (const auto& bound : listeners) log.info("listening", {{"component", bound.id}, {"url", bound.url}});
}

awaitable<void> Instance::drain() {
  Logger& log = platform_.log().logger("konduit");
  leaving_ = health_.add("shutdown", [] { return HealthState{false, "shutting down"}; });
  co_await reload_->stop();
  const Duration timeout = generations_.configuration().runtime.drain_timeout;
  log.info("draining", {{"timeout_seconds", std::chrono::duration<double>(timeout).count()}});
  drained_by_ = shards_.control().now() + timeout;
  co_await unless_hurried(generations_.drain(drained_by_));
  log.info("stopping");
}

awaitable<void> Instance::stop() {
  co_await files_.stop();
  co_await generations_.stop();
  co_await telemetry_.stop();
  for (Shard* shard : shards_.all()) co_await on_shard(*shard, listeners_.join(*shard));
}

/// What was closed last may still owe its peers the end of what they were sent. Where nothing was drained, nothing is
/// waited for.
awaitable<void> Instance::settle() {
  for (Shard* shard : shards_.all()) {
    co_await on_shard_or_cancelled(shards_.control(), *shard, platform_.transports().settled(*shard, drained_by_));
  }
}

/// Completes with `ending`, which the second order to stop cuts short.
awaitable<void> Instance::unless_hurried(awaitable<void> ending) {
  TaskGroup tasks(shards_.control());
  TaskGroup watching(shards_.control());
  tasks.spawn(std::move(ending));
  watching.spawn(cut_short(&tasks));
  co_await tasks.join();
  watching.cancel();
  co_await watching.join();
}

awaitable<void> Instance::cut_short(TaskGroup* ending) {
  const error_code failure = co_await asked_twice_.wait();
  if (!failure) ending->cancel();
}

awaitable<void> Instance::watch_signals() {
  asio::basic_signal_set<executor> signals(shards_.control().get_executor(), SIGTERM, SIGINT, SIGHUP);
  for (;;) {
    auto [error, number] = co_await signals.async_wait(asio::as_tuple(asio::use_awaitable_t<executor>()));
    if (error) co_return;
    if (number == SIGHUP) {
      reopen_log();
      request_reload();
    } else {
      request_stop();
    }
  }
}

void Instance::reopen_log() {
  const std::string failure = platform_.log().reopen();
  if (failure.empty()) return;
  platform_.log().logger("konduit").error("the log goes on in the old file", {{"reason", failure}});
}

}  // namespace konduit::runtime
