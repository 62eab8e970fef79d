#include "transport-grpc/agent_registry.hpp"

#include <algorithm>

namespace konduit::transport_grpc {

void AgentRegistry::add(AgentPtr agent) {
  const std::lock_guard lock(mutex_);
  // Authentication may take longer for one than for another, so they do not always come in order.
  const auto after =
      std::upper_bound(agents_.begin(), agents_.end(), agent->sequence,
                       [](std::uint64_t sequence, const AgentPtr& other) { return sequence < other->sequence; });
  agents_.insert(after, std::move(agent));
  snapshot_.reset();
  version_.fetch_add(1, std::memory_order_release);
}

void AgentRegistry::remove(const Agent& agent) {
  const std::lock_guard lock(mutex_);
  std::erase_if(agents_, [&agent](const AgentPtr& other) { return other.get() == &agent; });
  snapshot_.reset();
  version_.fetch_add(1, std::memory_order_release);
}

AgentRegistry::Snapshot AgentRegistry::snapshot() {
  const std::lock_guard lock(mutex_);
  if (snapshot_ == nullptr) snapshot_ = std::make_shared<const std::vector<AgentPtr>>(agents_);
  return snapshot_;
}

}  // namespace konduit::transport_grpc
