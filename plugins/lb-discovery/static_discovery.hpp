#pragma once

#include <memory>
#include <string>
#include <vector>

#include "konduit/discovery.hpp"

namespace konduit::lb {

/// Servers that the document names. They never change, so nobody is ever told of a change.
class StaticDiscovery final : public Discovery {
 public:
  StaticDiscovery(const config::Node& node, Host& host);
  std::unique_ptr<DiscoveryPart> attach(Attachment& attachment) override;

 private:
  std::vector<std::string> servers_;
};

class StaticDiscoveryPart final : public DiscoveryPart {
 public:
  explicit StaticDiscoveryPart(std::vector<std::string> servers) : servers_(std::move(servers)) {}

  /// In the document's order.
  std::vector<std::string> servers() const override { return servers_; }

 private:
  const std::vector<std::string> servers_;
};

}  // namespace konduit::lb
