#include "runtime/live_pipeline.hpp"

#include <utility>

#include "konduit/filter.hpp"

namespace konduit::runtime {

LivePipeline::LivePipeline(Environment& environment, const config::PipelineConfig& config,
                           const config::RuntimeConfig& runtime, std::vector<ComponentUse> filters,
                           ComponentUse backend)
    : environment_(environment),
      name_(config.name),
      settings_{.half_closed_grace = runtime.half_closed_grace,
                .half_closed_timeout = runtime.half_closed_timeout,
                .idle_timeout = runtime.idle_timeout},
      filters_(std::move(filters)),
      backend_(std::move(backend)),
      places_(environment.shards.size()) {}

LivePipeline::~LivePipeline() = default;

void LivePipeline::attach(Shard& shard) {
  pipeline::PipelineParts parts;
  for (const auto& filter : filters_) parts.filters.push_back(&static_cast<FilterPart&>(filter->part(shard)));
  parts.backend = &backend_->backend_part(shard);
  const std::string id = "pipeline/" + name_;
  Place& place = places_[shard.index()];
  place.metrics = environment_.metrics.component(id);
  place.pipeline =
      std::make_unique<pipeline::Pipeline>(shard, name_, std::move(parts), settings_, environment_.tunnels,
                                           environment_.budget, environment_.log.logger(id), *place.metrics);
}

pipeline::Pipeline* LivePipeline::on(const Shard& shard) const noexcept {
  return places_[shard.index()].pipeline.get();
}

void LivePipeline::detach(Shard& shard) noexcept {
  Place& place = places_[shard.index()];
  place.pipeline.reset();
  place.metrics.reset();
}

}  // namespace konduit::runtime
