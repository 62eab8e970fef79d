#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "konduit/result.hpp"
#include "transport-grpc/tunnel_stream.hpp"

namespace konduit::transport_grpc {

/// The tunnels of one packet stream by their connectID, which means nothing on any other stream. An id may outlive its
/// tunnel: it is held back until the peer has confirmed the close.
class TunnelTable {
 public:
  bool has(std::int64_t id) const { return tunnels_.contains(id); }
  /// REQUIRES: !has(tunnel.id()).
  void add(TunnelStream& tunnel) { tunnels_.emplace(tunnel.id(), &tunnel); }
  void erase(std::int64_t id) { tunnels_.erase(id); }
  /// The tunnel is gone, its id is not free yet.
  void keep_id(std::int64_t id) { tunnels_[id] = nullptr; }

  /// The tunnel, or null for an unknown id and for one that is only held back.
  TunnelStream* find(std::int64_t id) const {
    const auto at = tunnels_.find(id);
    return at != tunnels_.end() ? at->second : nullptr;
  }

  std::vector<TunnelStream*> all() const {
    std::vector<TunnelStream*> open;
    for (const auto& [id, tunnel] : tunnels_) {
      if (tunnel != nullptr) open.push_back(tunnel);
    }
    return open;
  }

  /// The packet stream is gone: all tunnels are told and the table is empty.
  void lose_all(error_code why) {
    for (auto lost = std::exchange(tunnels_, {}); const auto& [id, tunnel] : lost) {
      if (tunnel != nullptr) tunnel->lose(why);
    }
  }

  /// Ids in use, those of closing tunnels too.
  std::size_t size() const noexcept { return tunnels_.size(); }
  bool empty() const noexcept { return tunnels_.empty(); }

 private:
  std::unordered_map<std::int64_t, TunnelStream*> tunnels_;
};

}  // namespace konduit::transport_grpc
