#include "lb-discovery/lease_publication.hpp"

#include <algorithm>
#include <random>
#include <utility>

#include "konduit/shard.hpp"
#include "kube/pace.hpp"

namespace konduit::lb {
namespace {

/// The reference's: agents and operators find servers by label, people by this name.
constexpr std::string_view kPrefix = "konnectivity-proxy-server-";
constexpr Duration kFirstPause = std::chrono::seconds(1);
/// How often somebody else may change it under our hands in one renewal.
constexpr int kTries = 3;

/// How long one renewal may take, and the longest pause behind one that failed. What is repeated within it still says
/// the time at which it began, and must hold long enough when it arrives.
Duration part_of(const LeaseTerms& terms) { return terms.renew / 3; }

}  // namespace

LeasePublication::LeasePublication(LeaseService& service, std::string server_id, Gauge& held)
    : service_(service), server_id_(std::move(server_id)), name_(std::string(kPrefix) + server_id_), held_(held) {}

awaitable<void> LeasePublication::run(LeasePublication* self) {
  const Duration interval = self->service_.terms.renew;
  const Duration longest = part_of(self->service_.terms);
  std::mt19937 random{std::random_device()()};
  kube::Backoff backoff(std::min(kFirstPause, longest), longest);
  for (;;) {
    const auto renewed = co_await self->renew();
    if (!renewed && renewed.error().kind == kube::Error::Kind::cancelled) co_return;
    self->tell(renewed);
    Duration pause = interval;
    if (renewed) {
      backoff = kube::Backoff(std::min(kFirstPause, longest), longest);
    } else {
      pause = backoff.next(random);
    }
    if (co_await self->service_.shard.deadlines().wait(pause)) co_return;
  }
}

awaitable<kube::Answer<>> LeasePublication::renew() {
  const TimePoint deadline = service_.shard.now() + part_of(service_.terms);
  for (int tries = 1;; ++tries) {
    const kube::WallTime begin = service_.wall();
    const auto written = co_await write(deadline);
    if (written) {
      version_ = written->resource_version;
      valid_until_ = begin + service_.terms.duration;
      co_return kube::Answer<>();
    }
    const kube::Error why = written.error();
    const bool changed = why.conflict() || why.not_found();
    if (changed) version_.clear();
    if (!changed || tries == kTries) co_return why;
  }
}

awaitable<kube::Answer<kube::Lease>> LeasePublication::find(TimePoint deadline) {
  const TimePoint begin = service_.shard.now();
  auto found = co_await service_.leases.get(name_, deadline);
  service_.accounts.add("get", found, service_.shard.now() - begin);
  co_return found;
}

awaitable<kube::Answer<kube::Lease>> LeasePublication::write(TimePoint deadline) {
  if (version_.empty()) {
    const auto found = co_await find(deadline);
    if (!found && !found.error().not_found()) co_return found.error();
    if (found) version_ = found->resource_version;
    acquired_ = service_.wall();
  }
  const bool update = !version_.empty();
  const TimePoint begin = service_.shard.now();
  unsure_ = true;
  kube::Lease lease = wanted();
  kube::Answer<kube::Lease> written = kube::Error{};
  if (update) {
    written = co_await service_.leases.update(std::move(lease), deadline);
  } else {
    written = co_await service_.leases.create(std::move(lease), deadline);
  }
  unsure_ = !written && written.error().kind != kube::Error::Kind::refused;
  service_.accounts.add(update ? "update" : "create", written, service_.shard.now() - begin);
  co_return written;
}

kube::Lease LeasePublication::wanted() const {
  kube::Lease lease;
  lease.name = name_;
  lease.labels = service_.terms.labels;
  lease.resource_version = version_;
  lease.holder = server_id_;
  lease.duration = service_.terms.duration;
  lease.acquired = acquired_;
  lease.renewed = service_.wall();
  return lease;
}

void LeasePublication::tell(const kube::Answer<>& renewed) {
  const bool first = held_.value() == 0;
  if (renewed) {
    if (first || failing_) {
      service_.log.info(
          "the lease of this server is published",
          {{"lease", name_}, {"namespace", service_.terms.name_space}, {"labels", selector_of(service_.terms.labels)}});
    }
    failing_ = told_expiry_ = false;
    held_.set(1);
    return;
  }
  const bool holds = valid_until_ && *valid_until_ > service_.wall();
  if (!std::exchange(failing_, true)) {
    service_.log.warning("the lease of this server cannot be renewed for now",
                         {{"lease", name_}, {"reason", renewed.error().text}});
  }
  if (!holds && !std::exchange(told_expiry_, true)) {
    service_.log.error("the lease of this server does not hold: agents that count leases do not look for it",
                       {{"lease", name_}, {"reason", renewed.error().text}});
  }
  held_.set(holds ? 1 : 0);
}

awaitable<bool> LeasePublication::withdraw(TimePoint deadline) {
  if (version_.empty() && !unsure_) co_return true;
  // Whether it is still as we left it can only be asked where we know how we left it.
  const std::string version = unsure_ ? std::string() : version_;
  const TimePoint begin = service_.shard.now();
  const auto removed = co_await service_.leases.remove(name_, version, deadline);
  service_.accounts.add("withdraw", removed, service_.shard.now() - begin);
  held_.set(0);
  if (removed) {
    service_.log.info("the lease of this server is withdrawn", {{"lease", name_}});
  } else if (!removed.error().not_found() && !removed.error().conflict()) {
    service_.log.warning("the lease of this server could not be withdrawn, it ends by itself",
                         {{"lease", name_}, {"reason", removed.error().text}});
    co_return false;
  }
  version_.clear();
  unsure_ = false;
  co_return true;
}

}  // namespace konduit::lb
