#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "konduit/discovery.hpp"

namespace konduit::lb {

/// The largest of the counts that several discoveries know.
class MaxDiscovery final : public Discovery {
 public:
  MaxDiscovery(const config::Node& node, Host& host);
  std::unique_ptr<DiscoveryPart> attach(Attachment& attachment) override;

 private:
  const config::Node node_;
};

class MaxDiscoveryPart final : public DiscoveryPart, private DiscoveryPart::Observer {
 public:
  /// `sources` outlive the part.
  explicit MaxDiscoveryPart(std::vector<DiscoveryPart*> sources) : sources_(std::move(sources)) {}

  awaitable<void> start() override;
  awaitable<void> stop() override;

  std::optional<unsigned> count() const override;
  void announced(const ServerAnnouncement& announcement) override;
  void lost(std::string_view server_id) override;

 private:
  void on_discovery_changed() override { notify(); }

  const std::vector<DiscoveryPart*> sources_;
};

}  // namespace konduit::lb
