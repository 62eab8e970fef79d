#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "konduit/dial.hpp"

namespace konduit::pipeline {

/// How many tunnels, dials under way included, the process and each of its clients may have at once. What goes beyond
/// is refused at once, as overload.
///
/// A client is what client_name() tells apart.
/// Thread: any; a lock is taken once a dial and once an end, for clients only where they are limited.
class TunnelQuota {
 public:
  /// `per_peer` 0: clients are not limited.
  TunnelQuota(std::uint64_t total, std::uint64_t per_peer) noexcept : total_(total), per_peer_(per_peer) {}
  TunnelQuota(const TunnelQuota&) = delete;
  TunnelQuota& operator=(const TunnelQuota&) = delete;

  /// One tunnel's place; given back when it is destroyed.
  class Place {
   public:
    Place() noexcept = default;
    Place(Place&& other) noexcept : quota_(std::exchange(other.quota_, nullptr)), peer_(other.peer_) {}
    Place& operator=(Place&& other) noexcept;
    ~Place() { leave(); }

   private:
    friend class TunnelQuota;
    using Peers = std::map<std::string, std::uint64_t, std::less<>>;
    Place(TunnelQuota& quota, Peers::iterator peer) noexcept : quota_(&quota), peer_(peer) {}
    void leave() noexcept;

    TunnelQuota* quota_ = nullptr;
    Peers::iterator peer_;
  };

  /// A place for one more, or overloaded with the limit that is reached.
  DialResult<Place> take(const Peer& peer);

  std::uint64_t taken() const noexcept { return taken_.load(std::memory_order_relaxed); }

 private:
  const std::uint64_t total_;
  const std::uint64_t per_peer_;
  std::atomic<std::uint64_t> taken_{0};
  std::mutex mutex_;
  Place::Peers peers_;
};

}  // namespace konduit::pipeline
