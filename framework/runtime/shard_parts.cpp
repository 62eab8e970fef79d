#include "runtime/shard_parts.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <ranges>
#include <stdexcept>
#include <utility>

#include "konduit/authenticator.hpp"
#include "konduit/backend.hpp"
#include "konduit/discovery.hpp"
#include "konduit/filter.hpp"
#include "konduit/frontend.hpp"
#include "konduit/registrar.hpp"
#include "konduit/selector.hpp"
#include "konduit/task_group.hpp"

namespace konduit::runtime {

ShardParts::ShardParts(Generation& generation, Shard& shard) : generation_(generation), shard_(shard) {}

ShardParts::~ShardParts() = default;

awaitable<void> ShardParts::attach() {
  for (const auto& slot : generation_.slots_) {
    if (slot.config->kind == ComponentKind::frontend) continue;
    serving_.push_back({slot.config->kind, slot.config->id, attach_serving(slot)});
  }
  for (const auto& config : generation_.configuration_.pipelines) make_pipeline(config);
  co_return;
}

std::unique_ptr<Part> ShardParts::attach_serving(const Generation::Slot& slot) {
  Component& component = *slot.component;
  switch (slot.config->kind) {
    case ComponentKind::backend: return static_cast<Backend&>(component).attach(*this);
    case ComponentKind::filter: return static_cast<Filter&>(component).attach(*this);
    case ComponentKind::authenticator: return static_cast<Authenticator&>(component).attach(*this);
    case ComponentKind::discovery: return static_cast<Discovery&>(component).attach(*this);
    case ComponentKind::registrar: return static_cast<Registrar&>(component).attach(*this);
    case ComponentKind::selector: return static_cast<Selector&>(component).attach(*this);
    case ComponentKind::transport:
    case ComponentKind::frontend: break;
  }
  throw std::logic_error("a component of this kind has no part of this sort");
}

void ShardParts::make_pipeline(const config::PipelineConfig& config) {
  pipeline::PipelineParts parts;
  for (const auto& id : config.filters) {
    parts.filters.push_back(&static_cast<FilterPart&>(find(ComponentKind::filter, id)));
  }
  parts.backend = &backend(config.backend);
  const std::string id = "pipeline/" + config.name;
  auto& environment = generation_.environment_;
  const config::RuntimeConfig& runtime = generation_.configuration_.runtime;
  const relay::RelaySettings settings{.half_closed_grace = runtime.half_closed_grace,
                                      .half_closed_timeout = runtime.half_closed_timeout,
                                      .idle_timeout = runtime.idle_timeout};
  pipeline_metrics_.push_back(environment.metrics.component(id));
  pipelines_.push_back(std::make_unique<pipeline::Pipeline>(shard_, config.name, std::move(parts), settings,
                                                            environment.tunnels, environment.log.logger(id),
                                                            *pipeline_metrics_.back()));
  for (const auto& slot : generation_.slots_) {
    if (slot.config->kind != ComponentKind::frontend || !std::ranges::count(config.frontends, slot.config->id))
      continue;
    auto part = static_cast<Frontend&>(*slot.component).attach(*this, *pipelines_.back());
    frontends_.push_back({slot.config->kind, slot.config->id, std::move(part)});
  }
}

Part& ShardParts::find(ComponentKind kind, std::string_view id) {
  const auto found =
      std::ranges::find_if(serving_, [&](const Entry& entry) { return entry.kind == kind && entry.id == id; });
  if (found == serving_.end()) throw std::logic_error(std::string(id) + " was asked for before it was attached");
  return *found->part;
}

awaitable<void> ShardParts::start() {
  for (auto& entry : serving_) co_await entry.part->start();
  for (auto& entry : frontends_) co_await entry.part->start();
}

awaitable<void> ShardParts::drain(TimePoint deadline) {
  // Beside each other: one that waits for its last tunnel must not let another go on accepting.
  TaskGroup frontends(shard_);
  for (auto& entry : frontends_) frontends.spawn(drain(entry, deadline));
  co_await frontends.join_or_cancel();
  for (auto& pipeline : pipelines_) co_await pipeline->idle(deadline);
  for (auto& entry : serving_ | std::views::reverse) co_await drain(entry, deadline);
}

awaitable<void> ShardParts::drain(Entry& entry, TimePoint deadline) {
  try {
    co_await entry.part->drain(deadline);
  } catch (const std::exception& error) {
    report(entry, "failed to drain", error);
  }
}

awaitable<void> ShardParts::stop(Entry& entry) {
  try {
    co_await entry.part->stop();
  } catch (const std::exception& error) {
    report(entry, "failed to stop", error);
  }
}

/// What one part fails in must not keep the others from their end: they would hold the process.
void ShardParts::report(const Entry& entry, std::string_view what, const std::exception& error) {
  const auto* system = dynamic_cast<const boost::system::system_error*>(&error);
  if (system != nullptr && system->code() == asio::error::operation_aborted) return;  // a drain that was cut short
  generation_.environment_.log.logger(std::string(entry.id)).error(what, {{"error", std::string_view(error.what())}});
}

awaitable<void> ShardParts::stop() {
  for (auto& pipeline : pipelines_) pipeline->cut(ResetReason::cancelled, "stopped");
  for (auto& entry : frontends_) co_await stop(entry);
  for (auto& entry : serving_ | std::views::reverse) co_await stop(entry);
  for (auto& pipeline : pipelines_) {
    // A dial that had just succeeded may have been spliced while the frontends ended.
    pipeline->cut(ResetReason::cancelled, "stopped");
    co_await pipeline->idle(TimePoint::max());
  }
  frontends_.clear();
  pipelines_.clear();
  pipeline_metrics_.clear();
  while (!serving_.empty()) serving_.pop_back();
}

}  // namespace konduit::runtime
