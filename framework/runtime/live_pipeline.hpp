#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/configuration.hpp"
#include "pipeline/pipeline.hpp"
#include "runtime/environment.hpp"
#include "runtime/live_component.hpp"

namespace konduit::runtime {

/// A pipeline on every shard, with the tunnels that came of it. Thread: as LiveComponent.
class LivePipeline {
 public:
  LivePipeline(Environment& environment, const config::PipelineConfig& config, const config::RuntimeConfig& runtime,
               std::vector<ComponentUse> filters, ComponentUse backend);
  ~LivePipeline();
  LivePipeline(const LivePipeline&) = delete;
  LivePipeline& operator=(const LivePipeline&) = delete;

  const std::string& name() const noexcept { return name_; }

  /// REQUIRES: its filters and its backend are attached to that shard.
  void attach(Shard& shard);
  /// Null where it is not attached.
  pipeline::Pipeline* on(const Shard& shard) const noexcept;
  void detach(Shard& shard) noexcept;

 private:
  struct Place {
    std::shared_ptr<Metrics> metrics;  // as MetricsRegistry::component() gives them
    std::unique_ptr<pipeline::Pipeline> pipeline;
  };

  Environment& environment_;
  const std::string name_;
  const relay::RelaySettings settings_;
  const std::vector<ComponentUse> filters_;
  const ComponentUse backend_;
  std::vector<Place> places_;  // by shard; each is its shard's
};

}  // namespace konduit::runtime
