#include "lb-discovery/lease_collector.hpp"

#include <utility>

#include "konduit/shard.hpp"

namespace konduit::lb {

LeaseCollector::LeaseCollector(LeaseService& service, Counter& collected)
    : service_(service), selector_(selector_of(service.terms.labels)), collected_(collected) {}

awaitable<void> LeaseCollector::run(LeaseCollector* self) {
  DeadlineQueue& deadlines = self->service_.shard.deadlines();
  bool cancelled = false;
  while (!cancelled) {
    co_await self->collect();
    const error_code waited = co_await deadlines.wait(self->service_.terms.collect);
    cancelled = waited.failed();
  }
}

awaitable<void> LeaseCollector::collect() {
  const TimePoint begin = service_.shard.now();
  const TimePoint deadline = begin + service_.terms.collect;
  auto listed = co_await service_.leases.list(selector_, deadline);
  service_.accounts.add("list", listed, service_.shard.now() - begin);
  if (!listed) {
    const kube::Error why = listed.error();
    if (why.kind == kube::Error::Kind::cancelled) co_return;
    if (!std::exchange(failing_, true)) {
      service_.log.warning("leases that have ended cannot be collected for now", {{"reason", why.text}});
    }
    co_return;
  }
  failing_ = false;
  const kube::WallTime now = service_.wall();
  for (kube::Lease& lease : listed->leases) {
    if (lease.valid_at(now) || service_.own.contains(lease.name)) continue;
    co_await remove(std::move(lease), deadline);
  }
}

awaitable<void> LeaseCollector::remove(kube::Lease lease, TimePoint deadline) {
  const TimePoint begin = service_.shard.now();
  // Only if it is still what was looked at: its server may have renewed it since.
  const auto removed = co_await service_.leases.remove(lease.name, lease.resource_version, deadline);
  service_.accounts.add("delete", removed, service_.shard.now() - begin);
  if (removed) {
    collected_.add();
    service_.log.info("a lease that had ended was removed", {{"lease", lease.name}, {"holder", lease.holder}});
  } else if (!removed.error().not_found() && !removed.error().conflict() &&
             removed.error().kind != kube::Error::Kind::cancelled) {
    service_.log.warning("a lease that has ended cannot be removed",
                         {{"lease", lease.name}, {"reason", removed.error().text}});
  }
}

}  // namespace konduit::lb
