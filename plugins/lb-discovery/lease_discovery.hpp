#pragma once

#include <memory>
#include <optional>
#include <string>

#include "konduit/discovery.hpp"
#include "konduit/task_group.hpp"
#include "kube/client.hpp"
#include "kube/lease_mirror.hpp"
#include "lb-discovery/request_accounts.hpp"
#include "lb-discovery/wall_clock.hpp"

namespace konduit::lb {

/// How many servers there are, by the leases that they publish.
class LeaseDiscovery final : public Discovery {
 public:
  LeaseDiscovery(const config::Node& node, Host& host);

  awaitable<void> prepare() override;
  /// Works on the control shard; the parts of other shards know nothing.
  std::unique_ptr<DiscoveryPart> attach(Attachment& attachment) override;

 private:
  const config::Node node_;
  Host& host_;
  std::unique_ptr<kube::Client> client_;
};

/// Leases are judged when the API server says something: while it is away they end unseen, and the count stays. Where
/// none is valid it is 1.
class LeaseDiscoveryPart final : public DiscoveryPart, private kube::LeaseMirror::Observer {
 public:
  /// `client` outlives the part.
  LeaseDiscoveryPart(Host& host, kube::Client& client, std::string name_space, std::string selector,
                     WallClock wall = std::chrono::system_clock::now);

  awaitable<void> start() override;
  awaitable<void> stop() override;
  std::optional<unsigned> count() const override { return count_; }

 private:
  void leases_changed() override;
  void lease_call(std::string_view verb, const kube::Error* error, Duration took) override;

  Logger& log_;
  kube::Leases leases_;
  kube::LeaseMirror mirror_;
  RequestAccounts accounts_;
  WallClock wall_;
  Gauge& valid_;
  std::optional<unsigned> count_;
  bool told_none_ = false;
  TaskGroup tasks_;
};

}  // namespace konduit::lb
