#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kube/client.hpp"
#include "kube/lease.hpp"

namespace konduit::kube {

struct LeaseList {
  std::vector<Lease> leases;
  std::string resource_version;  ///< From which to watch.
};

enum class WatchEvent : std::uint8_t { added, modified, deleted, bookmark };

/// Who is told what happens to leases.
class LeaseObserver {
 public:
  /// The API server has agreed to the watch.
  virtual void on_begin() {}
  /// Of a bookmark only the resource version counts.
  virtual void on_lease(WatchEvent event, const Lease& lease) = 0;

 protected:
  ~LeaseObserver() = default;
};

/// The leases of one namespace. Calls end by `deadline` and are repeated as Client::call says. Thread: the client's.
class Leases {
 public:
  /// `client` outlives this.
  Leases(Client& client, std::string name_space) : client_(client), name_space_(std::move(name_space)) {}

  awaitable<Answer<Lease>> get(std::string name, TimePoint deadline);
  /// `selector`: "k8s-app=konnectivity-server"; empty: all.
  awaitable<Answer<LeaseList>> list(std::string selector, TimePoint deadline);
  /// Error::conflict() if there is one of that name. Not repeated where the first attempt may have worked.
  awaitable<Answer<Lease>> create(Lease lease, TimePoint deadline);
  /// Error::conflict() if somebody changed it since `lease.resource_version`.
  awaitable<Answer<Lease>> update(Lease lease, TimePoint deadline);
  /// With a resource version, only that one: else Error::conflict().
  awaitable<Answer<>> remove(std::string name, std::string resource_version, TimePoint deadline);
  /// Tells `observer` of every change behind `resource_version`, until the API server ends the watch: {} then, which it
  /// does after some minutes at the latest. Error::gone(): list again.
  awaitable<Answer<>> watch(std::string selector, std::string resource_version, LeaseObserver& observer);

  Client& client() const noexcept { return client_; }

 private:
  std::string path(std::string_view name = {}) const;

  Client& client_;
  const std::string name_space_;
};

}  // namespace konduit::kube
