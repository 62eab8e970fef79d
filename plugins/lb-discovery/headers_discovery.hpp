#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "konduit/discovery.hpp"
#include "konduit/shard.hpp"

namespace konduit::lb {

/// How many servers there are, as the connected servers say themselves.
class HeadersDiscovery final : public Discovery {
 public:
  HeadersDiscovery(const config::Node& node, Host& host);
  std::unique_ptr<DiscoveryPart> attach(Attachment& attachment) override;
};

class HeadersDiscoveryPart final : public DiscoveryPart {
 public:
  explicit HeadersDiscoveryPart(Shard& shard) : shard_(shard), self_(std::make_shared<HeadersDiscoveryPart*>(this)) {}
  ~HeadersDiscoveryPart() override { *self_ = nullptr; }

  /// The largest count that a connected server announced last; without any the one that was known before. While servers
  /// are restarted with a new count, the larger one makes agents look for more, which costs little; the smaller one
  /// would make them miss servers.
  std::optional<unsigned> count() const override { return count_; }
  void announced(const ServerAnnouncement& announcement) override;
  void lost(std::string_view server_id) override;

 private:
  void recount();
  void tell();

  Shard& shard_;
  std::shared_ptr<HeadersDiscoveryPart*> self_;  // shared with notices under way, which must not outlive the part
  std::map<std::string, unsigned, std::less<>> announced_;
  std::optional<unsigned> count_;
  bool telling_ = false;
};

}  // namespace konduit::lb
