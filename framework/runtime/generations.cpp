#include "runtime/generations.hpp"

#include <chrono>
#include <cstdint>
#include <iterator>
#include <utility>

#include "konduit/shard.hpp"

namespace konduit::runtime {

namespace {

/// How long a generation that is to take the place of a ready one may take to become ready itself.
constexpr Duration kBecomeReady = std::chrono::seconds(10);
constexpr Duration kLookAgain = std::chrono::milliseconds(10);

awaitable<void> drain_and_tell(Generation* generation, Event* over, TimePoint deadline) {
  co_await generation->drain(deadline);
  over->set();
}

}  // namespace

/// A generation that was replaced, until its last tunnel has ended.
struct Generations::Departure {
  Departure(Shard& control, std::unique_ptr<Generation> its_generation)
      : generation(std::move(its_generation)), over(control) {}

  std::unique_ptr<Generation> generation;
  Event over;  // its tunnels have ended, or are to
};

Generations::Generations(Environment& environment, config::Configuration first)
    : environment_(environment),
      log_(environment.log.logger("konduit")),
      metrics_(environment.metrics.component("runtime")),
      alive_(metrics_->gauge("konduit_generations",
                             "Documents at work: the one in force, and replaced ones whose tunnels still run.")),
      current_(std::make_unique<Generation>(environment, std::move(first))),
      tasks_(environment.control()),
      departed_(environment.control()) {
  count();
}

Generations::~Generations() = default;

void Generations::count() noexcept { alive_.set(static_cast<std::int64_t>(departures_.size()) + 1); }

awaitable<std::vector<std::string>> Generations::replace(config::Configuration configuration,
                                                         const config::ComponentCatalog& catalog) {
  co_await wait_for_room();
  auto next = std::make_unique<Generation>(environment_, std::move(configuration), current_.get());
  config::Problems problems;
  next->create(catalog, problems);
  if (!problems.ok()) co_return std::vector<std::string>{problems.text()};
  auto failures = co_await next->prepare();
  if (failures.empty()) failures = co_await next->start();
  if (!failures.empty()) {
    co_await next->stop();
    co_return failures;
  }
  co_await wait_until_ready(*next);
  next->take_over();
  let_go(std::exchange(current_, std::move(next)));
  co_return failures;
}

awaitable<void> Generations::wait_for_room() {
  const std::size_t most = current_->configuration().runtime.old_generations;
  if (departures_.size() < most) co_return;
  log_.warning("tunnels of too many older documents still run: the reload waits until one has ended",
               {{"documents", departures_.size()}, {"runtime.old_generations", most}});
  while (departures_.size() >= most && !hurried_) {
    departed_.clear();
    co_await departed_.wait();
  }
}

/// Agents that serve for the older generation only may be all that there are: it stays until the newer one has some.
awaitable<void> Generations::wait_until_ready(const Generation& next) {
  Shard& control = environment_.control();
  const TimePoint patience = control.now() + kBecomeReady;
  while (!hurried_ && current_->ready() && !next.ready() && control.now() < patience) {
    co_await control.deadlines().wait(kLookAgain);
  }
}

void Generations::let_go(std::unique_ptr<Generation> older) {
  const TimePoint deadline = environment_.control().now() + current_->configuration().runtime.old_generation_age;
  departures_.emplace_back(environment_.control(), std::move(older));
  tasks_.spawn(depart(this, std::prev(departures_.end()), deadline));
  count();
}

awaitable<void> Generations::depart(Generations* self, std::list<Departure>::iterator departure, TimePoint deadline) {
  TaskGroup draining(self->environment_.control());
  draining.spawn(drain_and_tell(departure->generation.get(), &departure->over, deadline));
  co_await departure->over.wait();
  draining.cancel();
  co_await draining.join();
  co_await departure->generation->stop();
  self->departures_.erase(departure);
  self->count();
  self->log_.info("what another document has replaced has ended", {{"still_running", self->departures_.size()}});
  self->departed_.set();
}

void Generations::hurry() {
  hurried_ = true;
  departed_.set();
}

awaitable<void> Generations::drain(TimePoint deadline) {
  TaskGroup all(environment_.control());
  all.spawn(current_->drain(deadline));
  all.spawn(wait_for_departures(deadline));
  co_await all.join_or_cancel();
}

awaitable<void> Generations::wait_for_departures(TimePoint deadline) {
  while (!departures_.empty()) {
    departed_.clear();
    const error_code error = co_await departed_.wait(deadline);
    if (error) co_return;
  }
}

awaitable<void> Generations::stop() {
  for (Departure& departure : departures_) departure.over.set();
  co_await tasks_.join();
  co_await current_->stop();
}

}  // namespace konduit::runtime
