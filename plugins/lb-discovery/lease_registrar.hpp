#pragma once

#include <memory>
#include <string>
#include <vector>

#include "konduit/registrar.hpp"
#include "konduit/task_group.hpp"
#include "kube/client.hpp"
#include "lb-discovery/lease_collector.hpp"
#include "lb-discovery/lease_publication.hpp"
#include "lb-discovery/lease_service.hpp"

namespace konduit::lb {

/// The registrar `lease`: publishes a Lease of coordination.k8s.io/v1 for each server that is announced, and removes
/// those of servers that have ended. Agents count them.
class LeaseRegistrar final : public Registrar {
 public:
  LeaseRegistrar(const config::Node& node, Host& host);

  awaitable<void> prepare() override;
  /// Works on the control shard; the parts of other shards do nothing.
  std::unique_ptr<RegistrarPart> attach(Attachment& attachment) override;

 private:
  const config::Node node_;
  Host& host_;
  LeaseTerms terms_;
  std::unique_ptr<kube::Client> client_;
};

class LeaseRegistrarPart final : public RegistrarPart {
 public:
  /// `client` and `terms` outlive the part.
  LeaseRegistrarPart(Host& host, kube::Client& client, const LeaseTerms& terms,
                     WallClock wall = std::chrono::system_clock::now);

  void announce(std::string server_id) override;
  awaitable<void> start() override;
  /// Withdraws what was published, within a short time: a lease that stays ends by itself.
  awaitable<void> drain(TimePoint deadline) override;
  awaitable<void> stop() override;

 private:
  awaitable<void> withdraw(TimePoint deadline);

  Host& host_;
  kube::Leases leases_;
  RequestAccounts accounts_;
  LeaseService service_;
  LeaseCollector collector_;
  std::vector<std::unique_ptr<LeasePublication>> publications_;
  TaskGroup tasks_;
};

}  // namespace konduit::lb
