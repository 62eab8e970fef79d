#pragma once

#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "konduit/component.hpp"
#include "pipeline/pipeline.hpp"
#include "runtime/generation.hpp"

namespace konduit::runtime {

/// The parts and pipelines of a generation on one shard. Thread: that shard's, but for construction.
class ShardParts final : private Attachment {
 public:
  ShardParts(Generation& generation, Shard& shard);
  ~ShardParts();

  /// Makes the parts: first what serves, then the pipelines, then the frontends on them.
  awaitable<void> attach();
  /// Lets them begin, in the same order.
  awaitable<void> start();
  awaitable<void> drain(TimePoint deadline);
  /// Ends and destroys everything.
  awaitable<void> stop();

  BackendPart& backend(std::string_view id) { return part<BackendPart>(config::Node::scalar(std::string(id))); }

 private:
  struct Entry {
    ComponentKind kind;
    std::string_view id;
    std::unique_ptr<Part> part;
  };

  Shard& shard() noexcept override { return shard_; }
  Part& find(ComponentKind kind, std::string_view id) override;
  std::unique_ptr<Part> attach_serving(const Generation::Slot& slot);
  awaitable<void> drain(Entry& entry, TimePoint deadline);
  awaitable<void> stop(Entry& entry);
  void report(const Entry& entry, std::string_view what, const std::exception& error);
  void make_pipeline(const config::PipelineConfig& config);

  Generation& generation_;
  Shard& shard_;
  std::vector<Entry> serving_;
  std::vector<std::shared_ptr<Metrics>> pipeline_metrics_;
  std::vector<std::unique_ptr<pipeline::Pipeline>> pipelines_;
  std::vector<Entry> frontends_;
};

}  // namespace konduit::runtime
