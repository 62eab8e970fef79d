#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "konduit/selector.hpp"
#include "konduit/shard.hpp"

namespace konduit::transport_grpc {

class ConnectedAgents;

/// The agents that are connected to one `agents` backend, on whatever shard. They come and go rarely; whoever dials
/// asks version() and takes a new snapshot only when it has moved.
///
/// Thread: any, but for set_agents(), which is that shard's.
class AgentRegistry {
 public:
  using Snapshot = std::shared_ptr<const std::vector<AgentPtr>>;  // shared by the parts that build indexes from it

  explicit AgentRegistry(std::span<Shard* const> shards)
      : shards_(shards.begin(), shards.end()), agents_on_(shards.size()) {}

  /// The place of a new connection in the order of connecting. Never 0.
  std::uint64_t next_sequence() noexcept { return sequence_.fetch_add(1, std::memory_order_relaxed) + 1; }

  void add(AgentPtr agent);
  void remove(const Agent& agent);

  /// Moves whenever an agent comes or goes.
  std::uint64_t version() const noexcept { return version_.load(std::memory_order_acquire); }
  /// In order of connecting.
  Snapshot snapshot();

  Shard& shard(unsigned index) noexcept { return *shards_[index]; }
  /// Runs `visit(agents)` on a shard's thread, with what is connected there; null where nobody is there any more.
  template <class Visit>
  void visit(unsigned index, std::shared_ptr<AgentRegistry> self, Visit visit) {
    shards_[index]->post(
        [index, self = std::move(self), visit = std::move(visit)]() mutable { visit(self->agents_on_[index]); });
  }
  /// On the shard's thread.
  void set_agents(unsigned index, ConnectedAgents* agents) noexcept { agents_on_[index] = agents; }

 private:
  const std::vector<Shard*> shards_;
  std::vector<ConnectedAgents*> agents_on_;  // each is its shard's
  std::atomic<std::uint64_t> sequence_{0};
  std::atomic<std::uint64_t> version_{0};
  std::mutex mutex_;
  std::vector<AgentPtr> agents_;
  Snapshot snapshot_;
};

}  // namespace konduit::transport_grpc
