#include "lb-discovery/lease_discovery.hpp"

#include <algorithm>
#include <utility>

#include "konduit/shard.hpp"

namespace konduit::lb {
namespace {

constexpr RequestAccounts::Families kFamilies = {
    "konduit_lease_discovery_requests_total",
    "Lists and watches of the servers' leases, by how the API server answered.",
    [](Metrics& metrics, Labels labels) -> Histogram& {
      return metrics.histogram("konduit_lease_discovery_list_seconds", "How long lists of the servers' leases took.",
                               {0.005, 0.025, 0.1, 0.5, 2.5, 10, 30}, labels);
    }};

}  // namespace

LeaseDiscovery::LeaseDiscovery(const config::Node& node, Host& host) : node_(node), host_(host) {
  if (node["namespace"].text().empty()) host.report(node["namespace"], "must not be empty");
}

awaitable<void> LeaseDiscovery::prepare() {
  kube::ClientSettings settings;
  settings.place.kubeconfig = node_["kubeconfig"].text();
  settings.via = node_["via"];
  client_ = std::make_unique<kube::Client>(*host_.shards().front(), host_, settings);
  co_return;
}

std::unique_ptr<DiscoveryPart> LeaseDiscovery::attach(Attachment& attachment) {
  if (attachment.shard().index() != 0) return std::make_unique<DiscoveryPart>();
  return std::make_unique<LeaseDiscoveryPart>(host_, *client_, node_["namespace"].text(), node_["labels"].text());
}

LeaseDiscoveryPart::LeaseDiscoveryPart(Host& host, kube::Client& client, std::string name_space, std::string selector,
                                       WallClock wall)
    : log_(host.log()),
      leases_(client, std::move(name_space)),
      mirror_(leases_, std::move(selector), *this),
      accounts_(host.metrics(), kFamilies),
      wall_(std::move(wall)),
      valid_(host.metrics().gauge("konduit_leases_valid", "Leases of servers that hold.")),
      tasks_(client.shard()) {}

awaitable<void> LeaseDiscoveryPart::start() {
  tasks_.spawn(mirror_.run());
  co_return;
}

awaitable<void> LeaseDiscoveryPart::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

void LeaseDiscoveryPart::leases_changed() {
  const kube::WallTime now = wall_();
  const auto valid = static_cast<unsigned>(
      std::ranges::count_if(mirror_.leases(), [now](const auto& entry) { return entry.second.valid_at(now); }));
  valid_.set(valid);
  if (valid == 0 && !std::exchange(told_none_, true)) {
    log_.warning("no server has a valid lease: one server is assumed", {{"leases", mirror_.leases().size()}});
  }
  if (valid > 0) told_none_ = false;
  const unsigned count = std::max(valid, 1U);
  if (count_ == count) return;
  log_.info("the number of servers that have a lease has changed", {{"leases", valid}});
  count_ = count;
  notify();
}

void LeaseDiscoveryPart::lease_call(std::string_view verb, const kube::Error* error, Duration took) {
  if (error != nullptr && error->kind == kube::Error::Kind::cancelled) return;
  accounts_.add(verb, error, verb == "list" ? std::optional(took) : std::nullopt);
}

}  // namespace konduit::lb
