#include "runtime/generation.hpp"

#include <algorithm>
#include <exception>
#include <ranges>
#include <utility>

#include "konduit/task_group.hpp"
#include "runtime/shard_parts.hpp"
#include "runtime/shards.hpp"

namespace konduit::runtime {

Generation::Generation(Environment& environment, config::Configuration configuration)
    : environment_(environment), configuration_(std::move(configuration)) {}

Generation::~Generation() {
  while (!slots_.empty()) slots_.pop_back();
}

void Generation::create(const config::ComponentCatalog& catalog, config::Problems& problems) {
  for (const auto& config : configuration_.components) {
    if (config.kind == ComponentKind::frontend && !in_a_pipeline(config)) continue;
    Slot slot{&config, nullptr, nullptr};
    slot.host = std::make_unique<ComponentHost>(
        environment_, config.id,
        [this](Shard& shard, const std::string& id) -> BackendPart& { return backend_on(shard, id); });
    slot.component = make(slot, problems, catalog.plugin(config.kind, config.type));
    slots_.push_back(std::move(slot));
  }
}

bool Generation::in_a_pipeline(const config::ComponentConfig& component) const {
  return std::ranges::any_of(configuration_.pipelines, [&](const config::PipelineConfig& pipeline) {
    return std::ranges::count(pipeline.frontends, component.id) != 0;
  });
}

std::unique_ptr<Component> Generation::make(Slot& slot, config::Problems& problems, std::string_view plugin) {
  struct Context {
    const config::ComponentConfig& config;
    config::Problems& problems;
    std::string_view plugin;
  } context{*slot.config, problems, plugin};
  slot.host->collect(&problems, plugin);
  Component* component =
      slot.config->descriptor->create(slot.config->node, *slot.host, &context, [](void* opaque, const char* text) {
        auto& told = *static_cast<Context*>(opaque);
        told.problems.error(told.config.node, text, told.plugin);
      });
  slot.host->collect(nullptr, {});
  return std::unique_ptr<Component>(component);
}

awaitable<std::vector<std::string>> Generation::prepare() {
  std::vector<std::string> failures;
  for (auto& slot : slots_) {
    try {
      co_await slot.component->prepare();
    } catch (const std::exception& error) {
      const config::Node& node = slot.config->node;
      failures.push_back(config::Problem{.mark = node.mark(), .path = node.path(), .what = error.what()}.text());
    }
  }
  co_return failures;
}

awaitable<std::vector<std::string>> Generation::start() {
  std::vector<std::string> failures;
  for (Shard* shard : environment_.shards) parts_.push_back(std::make_unique<ShardParts>(*this, *shard));
  try {
    for (Shard* shard : environment_.shards) co_await on_shard(*shard, parts_[shard->index()]->attach());
    for (Shard* shard : environment_.shards) co_await on_shard(*shard, parts_[shard->index()]->start());
  } catch (const std::exception& error) {
    failures.emplace_back(error.what());
  }
  co_return failures;
}

awaitable<void> Generation::drain(TimePoint deadline) {
  TaskGroup shards(environment_.control());
  for (std::size_t index = 0; index != parts_.size(); ++index) {
    shards.spawn(on_shard(*environment_.shards[index], parts_[index]->drain(deadline)));
  }
  co_await shards.join_or_cancel();
}

awaitable<void> Generation::stop() {
  for (std::size_t index = 0; index != parts_.size(); ++index) {
    co_await on_shard(*environment_.shards[index], parts_[index]->stop());
  }
  parts_.clear();
  while (!slots_.empty()) slots_.pop_back();
}

BackendPart& Generation::backend_on(Shard& shard, const std::string& id) { return parts_[shard.index()]->backend(id); }

}  // namespace konduit::runtime
