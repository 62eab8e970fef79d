#include "lb-discovery/lease_registrar.hpp"

#include <algorithm>
#include <utility>

#include "konduit/shard.hpp"

namespace konduit::lb {
namespace {

/// An end must not wait for an API server that is away.
constexpr Duration kDrainPatience = std::chrono::seconds(2);
constexpr Duration kStopPatience = std::chrono::seconds(1);

constexpr RequestAccounts::Families kFamilies = {
    "konduit_lease_registrar_requests_total", "Requests to the API server for leases, by how they ended.",
    [](Metrics& metrics, Labels labels) -> Histogram& {
      return metrics.histogram("konduit_lease_registrar_request_seconds",
                               "How long requests to the API server for leases took.",
                               {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}, labels);
    }};

class IdleRegistrarPart final : public RegistrarPart {
 public:
  void announce(std::string) override {}
};

}  // namespace

LeaseRegistrar::LeaseRegistrar(const config::Node& node, Host& host) : node_(node), host_(host) {
  auto labels = parse_labels(node["labels"].text());
  if (!labels) host.report(node["labels"], "must be labels as KEY=VALUE,KEY=VALUE");
  if (node["renew"].duration() >= node["duration"].duration()) {
    host.report(node["renew"], "must be shorter than duration, or the lease ends before it is renewed");
  }
  if (node["namespace"].text().empty()) host.report(node["namespace"], "must not be empty");
  terms_ = {.name_space = node["namespace"].text(),
            .labels = std::move(labels).value_or(LabelMap()),
            .duration = std::chrono::ceil<std::chrono::seconds>(node["duration"].duration()),
            .renew = node["renew"].duration(),
            .collect = node["collect"].duration()};
}

awaitable<void> LeaseRegistrar::prepare() {
  kube::ClientSettings settings;
  settings.place.kubeconfig = node_["kubeconfig"].text();
  settings.via = node_["via"];
  client_ = std::make_unique<kube::Client>(*host_.shards().front(), host_, settings);
  co_return;
}

std::unique_ptr<RegistrarPart> LeaseRegistrar::attach(Attachment& attachment) {
  if (attachment.shard().index() != 0) return std::make_unique<IdleRegistrarPart>();
  return std::make_unique<LeaseRegistrarPart>(host_, *client_, terms_);
}

LeaseRegistrarPart::LeaseRegistrarPart(Host& host, kube::Client& client, const LeaseTerms& terms, WallClock wall)
    : host_(host),
      leases_(client, terms.name_space),
      accounts_(host.metrics(), kFamilies),
      service_{client.shard(), host.log(), leases_, accounts_, terms, std::move(wall)},
      collector_(service_, host.metrics().counter("konduit_lease_collected_total",
                                                  "Leases of servers that had ended, removed by this one.")),
      tasks_(client.shard()) {}

awaitable<void> LeaseRegistrarPart::start() {
  tasks_.spawn(LeaseCollector::run(&collector_));
  co_return;
}

void LeaseRegistrarPart::announce(std::string server_id) {
  if (tasks_.closed()) return;
  const auto is_it = [&](const auto& known) { return known->server_id() == server_id; };
  if (std::ranges::any_of(publications_, is_it)) return;
  Gauge& held =
      host_.metrics().gauge("konduit_lease_held", "Whether the lease of this server holds, as far as it knows.");
  publications_.push_back(std::make_unique<LeasePublication>(service_, std::move(server_id), held));
  service_.own.insert(publications_.back()->name());
  tasks_.spawn(LeasePublication::run(publications_.back().get()));
}

awaitable<void> LeaseRegistrarPart::drain(TimePoint deadline) {
  co_await withdraw(std::min(deadline, service_.shard.now() + kDrainPatience));
}

awaitable<void> LeaseRegistrarPart::stop() { co_await withdraw(service_.shard.now() + kStopPatience); }

awaitable<void> LeaseRegistrarPart::withdraw(TimePoint deadline) {
  tasks_.cancel();
  co_await tasks_.join();
  for (const auto& publication : publications_) co_await publication->withdraw(deadline);
}

}  // namespace konduit::lb
