#pragma once

#include <string>

#include "konduit/metrics.hpp"
#include "lb-discovery/lease_service.hpp"

namespace konduit::lb {

/// Removes the leases of servers that ended without a word: those with the labels of ours that do not hold any more.
/// Every server does so; who comes second finds nothing.
class LeaseCollector {
 public:
  LeaseCollector(LeaseService& service, Counter& collected);

  /// Collects until it is cancelled. Spawn it once.
  static awaitable<void> run(LeaseCollector* self);

 private:
  awaitable<void> collect();
  awaitable<void> remove(kube::Lease lease, TimePoint deadline);

  LeaseService& service_;
  const std::string selector_;
  Counter& collected_;
  bool failing_ = false;
};

}  // namespace konduit::lb
