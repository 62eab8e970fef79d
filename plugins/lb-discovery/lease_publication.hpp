#pragma once

#include <optional>
#include <string>

#include "konduit/metrics.hpp"
#include "lb-discovery/lease_service.hpp"

namespace konduit::lb {

/// One server's lease: it is made, renewed, made again where somebody removed it, and withdrawn. While the API server
/// cannot be reached it is tried again and again.
///
/// Thread: the shard's.
class LeasePublication {
 public:
  /// `held` shows whether the lease holds, as far as is known here.
  LeasePublication(LeaseService& service, std::string server_id, Gauge& held);

  const std::string& name() const noexcept { return name_; }
  const std::string& server_id() const noexcept { return server_id_; }

  /// Publishes until it is cancelled. Spawn it once.
  static awaitable<void> run(LeasePublication* self);
  /// Removes the lease by `deadline`; what another process of the same id has made of it meanwhile stays. True if
  /// nothing is left to be done. REQUIRES: run() has ended.
  awaitable<bool> withdraw(TimePoint deadline);

 private:
  awaitable<kube::Answer<>> renew();
  awaitable<kube::Answer<kube::Lease>> find(TimePoint deadline);
  awaitable<kube::Answer<kube::Lease>> write(TimePoint deadline);
  kube::Lease wanted() const;
  void tell(const kube::Answer<>& renewed);

  LeaseService& service_;
  const std::string server_id_;
  const std::string name_;
  Gauge& held_;
  std::string version_;  // of the lease as it was seen last; empty: it must be looked for
  kube::WallTime acquired_{};
  std::optional<kube::WallTime> valid_until_;
  bool unsure_ = false;  // the outcome of the last writing is not known
  bool failing_ = false;
  bool told_expiry_ = false;
};

}  // namespace konduit::lb
