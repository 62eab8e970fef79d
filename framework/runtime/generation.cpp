#include "runtime/generation.hpp"

#include <algorithm>
#include <exception>
#include <optional>
#include <ranges>
#include <utility>

#include "config/changes.hpp"
#include "konduit/task_group.hpp"
#include "runtime/shards.hpp"

namespace konduit::runtime {

namespace {

/// Thread: a shard's.
awaitable<void> detach(LiveComponent& component, Shard& shard) {
  component.detach(shard);
  co_return;
}

}  // namespace

Generation::Generation(Environment& environment, config::Configuration configuration, Generation* older)
    : environment_(environment), configuration_(std::move(configuration)), older_(older) {}

Generation::~Generation() {
  pipelines_.clear();
  while (!components_.empty()) components_.pop_back();
}

void Generation::create(const config::ComponentCatalog& catalog, config::Problems& problems) {
  std::optional<config::Changes> changes;
  if (older_ != nullptr) changes.emplace(older_->configuration_, configuration_);
  for (const auto& config : configuration_.components) {
    if (config.kind == ComponentKind::frontend && !configuration_.pipeline_of(config.id)) continue;
    auto kept = changes && changes->keeps(config.kind, config.id) ? older_->find(config.kind, config.id) : nullptr;
    if (kept == nullptr) {
      make_component(config, catalog, problems);
    } else {
      components_.push_back({std::move(kept), false});
    }
  }
  for (const auto& config : configuration_.pipelines) {
    auto kept = changes && changes->keeps_pipeline(config.name) ? older_->find_pipeline(config.name) : nullptr;
    if (kept == nullptr) {
      make_pipeline(config);
    } else {
      pipelines_.push_back({std::move(kept), false});
    }
  }
}

void Generation::make_component(const config::ComponentConfig& config, const config::ComponentCatalog& catalog,
                                config::Problems& problems) {
  std::vector<ComponentUse> references;
  for (const auto& key : config.dependencies) references.push_back(find(key.kind, key.id)->use());
  auto made = std::make_shared<LiveComponent>(environment_, config, std::move(references));
  made->create(problems, catalog.plugin(config.kind, config.type));
  components_.push_back({std::move(made), true});
}

void Generation::make_pipeline(const config::PipelineConfig& config) {
  std::vector<ComponentUse> filters;
  for (const auto& id : config.filters) filters.push_back(find(ComponentKind::filter, id)->use());
  auto backend = find(ComponentKind::backend, config.backend)->use();
  pipelines_.push_back({std::make_shared<LivePipeline>(environment_, config, configuration_.runtime, std::move(filters),
                                                       std::move(backend)),
                        true});
}

std::shared_ptr<LiveComponent> Generation::find(ComponentKind kind, std::string_view id) const noexcept {
  for (const auto& held : components_) {
    if (held.it->is(kind, id)) return held.it;
  }
  return nullptr;
}

std::shared_ptr<LivePipeline> Generation::find_pipeline(std::string_view name) const noexcept {
  for (const auto& held : pipelines_) {
    if (held.it->name() == name) return held.it;
  }
  return nullptr;
}

awaitable<std::vector<std::string>> Generation::prepare() {
  std::vector<std::string> failures;
  for (auto& held : components_) {
    if (!held.own) continue;
    try {
      co_await held.it->prepare();
    } catch (const std::exception& error) {
      const config::Node& node = held.it->config().node;
      failures.push_back(config::Problem{.mark = node.mark(), .path = node.path(), .what = error.what()}.text());
    }
  }
  co_return failures;
}

awaitable<std::vector<std::string>> Generation::start() {
  std::vector<std::string> failures;
  try {
    for (Shard* shard : environment_.shards) co_await on_shard(*shard, attach_on(*shard));
    for (Shard* shard : environment_.shards) co_await on_shard(*shard, start_on(*shard));
  } catch (const std::exception& error) {
    failures.emplace_back(error.what());
  }
  co_return failures;
}

awaitable<void> Generation::attach_on(Shard& shard) {
  for (const auto& held : components_) {
    if (held.own && !held.it->is_frontend()) held.it->attach(shard, nullptr);
  }
  for (const auto& held : pipelines_) {
    if (held.own) held.it->attach(shard);
  }
  for (const auto& held : components_) {
    if (!held.own || !held.it->is_frontend()) continue;
    const auto* pipeline = configuration_.pipeline_of(held.it->config().id);
    held.it->attach(shard, find_pipeline(pipeline->name)->on(shard));
  }
  co_return;
}

awaitable<void> Generation::start_on(Shard& shard) {
  for (const bool frontends : {false, true}) {
    for (const auto& held : components_) {
      if (held.own && held.it->is_frontend() == frontends) co_await held.it->start(shard);
    }
  }
}

std::vector<BoundListener> Generation::listeners() const {
  std::vector<BoundListener> all;
  for (const auto& held : components_) held.it->host().append_listeners(all);
  return all;
}

bool Generation::ready() const {
  return std::ranges::all_of(components_, [](const auto& held) { return held.it->host().ready(); });
}

void Generation::take_over() {
  if (older_ == nullptr) return;
  std::erase_if(older_->components_,
                [&](const auto& held) { return find(held.it->config().kind, held.it->config().id) == held.it; });
  std::erase_if(older_->pipelines_, [&](const auto& held) { return find_pipeline(held.it->name()) == held.it; });
  for (const auto& left : older_->components_) left.it->host().withdraw_readiness();
  for (auto& held : components_) held.own = true;
  for (auto& held : pipelines_) held.own = true;
  older_ = nullptr;
}

awaitable<void> Generation::drain(TimePoint deadline) {
  Shard& home = environment_.control();
  TaskGroup shards(home);
  for (Shard* shard : environment_.shards) {
    shards.spawn(on_shard_or_cancelled(home, *shard, drain_on(*shard, deadline)));
  }
  co_await shards.join_or_cancel();
}

awaitable<void> Generation::drain_on(Shard& shard, TimePoint deadline) {
  // Beside each other: one that waits for its last tunnel must not let another go on accepting.
  TaskGroup frontends(shard);
  for (const auto& held : components_) {
    if (held.it->is_frontend()) frontends.spawn(held.it->drain(shard, deadline));
  }
  co_await frontends.join_or_cancel();
  for (const auto& held : pipelines_) {
    pipeline::Pipeline* pipeline = held.it->on(shard);
    if (pipeline != nullptr) co_await pipeline->idle(deadline);
  }
  for (const auto& held : components_ | std::views::reverse) {
    if (!held.it->is_frontend()) co_await held.it->drain(shard, deadline);
  }
}

awaitable<void> Generation::stop() {
  for (Shard* shard : environment_.shards) co_await on_shard(*shard, stop_frontends_on(*shard));
  pipelines_.clear();
  std::erase_if(components_, [](const auto& held) { return held.it->is_frontend(); });
  for (; !components_.empty(); components_.pop_back()) {
    if (components_.back().own) co_await stop_serving(*components_.back().it);
  }
}

void Generation::cut_on(Shard& shard) {
  for (const auto& held : pipelines_) {
    pipeline::Pipeline* pipeline = held.own ? held.it->on(shard) : nullptr;
    if (pipeline != nullptr) pipeline->cut(ResetReason::cancelled, "stopped");
  }
}

awaitable<void> Generation::stop_frontends_on(Shard& shard) {
  cut_on(shard);
  for (const auto& held : components_) {
    if (held.own && held.it->is_frontend()) co_await held.it->stop(shard);
  }
  // A dial that had just succeeded may have been spliced while the frontends ended.
  cut_on(shard);
  for (const auto& held : components_) {
    if (held.own && held.it->is_frontend()) held.it->detach(shard);
  }
  for (const auto& held : pipelines_) {
    pipeline::Pipeline* pipeline = held.own ? held.it->on(shard) : nullptr;
    if (pipeline == nullptr) continue;
    co_await pipeline->idle(TimePoint::max());
    held.it->detach(shard);
  }
}

awaitable<void> Generation::stop_serving(LiveComponent& component) {
  co_await component.unused();
  for (Shard* shard : environment_.shards) co_await on_shard(*shard, component.stop(*shard));
  for (Shard* shard : environment_.shards) co_await on_shard(*shard, detach(component, *shard));
}

}  // namespace konduit::runtime
