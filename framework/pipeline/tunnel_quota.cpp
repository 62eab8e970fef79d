#include "pipeline/tunnel_quota.hpp"

#include <utility>

#include "konduit/client_name.hpp"

namespace konduit::pipeline {

TunnelQuota::Place& TunnelQuota::Place::operator=(Place&& other) noexcept {
  if (this == &other) return *this;
  leave();
  quota_ = std::exchange(other.quota_, nullptr);
  peer_ = other.peer_;
  return *this;
}

void TunnelQuota::Place::leave() noexcept {
  TunnelQuota* quota = std::exchange(quota_, nullptr);
  if (quota == nullptr) return;
  quota->taken_.fetch_sub(1, std::memory_order_relaxed);
  if (quota->per_peer_ == 0) return;
  const std::lock_guard lock(quota->mutex_);
  if (--peer_->second == 0) quota->peers_.erase(peer_);
}

DialResult<TunnelQuota::Place> TunnelQuota::take(const Peer& peer) {
  if (taken_.fetch_add(1, std::memory_order_relaxed) >= total_) {
    taken_.fetch_sub(1, std::memory_order_relaxed);
    return DialError{DialErrc::overloaded, true, "runtime.max_tunnels (" + std::to_string(total_) + ") are open"};
  }
  if (per_peer_ == 0) return Place(*this, {});
  const std::lock_guard lock(mutex_);
  const auto at = peers_.try_emplace(std::string(client_name(peer)), 0).first;
  if (at->second >= per_peer_) {
    taken_.fetch_sub(1, std::memory_order_relaxed);
    return DialError{DialErrc::overloaded, true,
                     "runtime.max_tunnels_per_peer (" + std::to_string(per_peer_) + ") are open for this client"};
  }
  ++at->second;
  return Place(*this, at);
}

}  // namespace konduit::pipeline
