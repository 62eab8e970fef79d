#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "konduit/discovery.hpp"
#include "konduit/task_group.hpp"
#include "resolver/resolver.hpp"

namespace konduit::lb {

/// A name whose addresses are servers.
struct ServerName {
  std::string host;
  std::uint16_t port;

  friend bool operator==(const ServerName&, const ServerName&) = default;
};

/// Servers by the addresses of names, which are looked up anew at an interval: a headless Service, or a name that each
/// server has a record of.
class DnsDiscovery final : public Discovery {
 public:
  DnsDiscovery(const config::Node& node, Host& host);
  /// Works on the control shard; the parts of other shards know nothing.
  std::unique_ptr<DiscoveryPart> attach(Attachment& attachment) override;

 private:
  Host& host_;
  std::vector<ServerName> names_;
  const Duration interval_;
};

class DnsDiscoveryPart final : public DiscoveryPart {
 public:
  using Addresses = resolver::Resolver::Addresses;
  using Lookup = std::function<awaitable<Addresses>(std::string name, TimePoint deadline)>;

  DnsDiscoveryPart(Shard& shard, Logger& log, std::vector<ServerName> names, Duration interval, Lookup lookup);

  awaitable<void> start() override;
  awaitable<void> stop() override;

  /// In the order of names, and of addresses within each; a name that has none for now keeps those that it had.
  std::vector<std::string> servers() const override;
  /// The number of addresses, for those to whom each address is a server.
  std::optional<unsigned> count() const override;

 private:
  struct Known {
    ServerName name;
    std::vector<std::string> urls;
    bool failing = false;
  };

  static awaitable<void> follow(DnsDiscoveryPart* part);
  /// Looks one name up; false where that failed.
  awaitable<bool> look_up(std::size_t index);

  Shard& shard_;
  Logger& log_;
  std::vector<Known> known_;
  const Duration interval_;
  const Lookup lookup_;
  TaskGroup tasks_;
};

}  // namespace konduit::lb
