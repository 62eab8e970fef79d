#include "lb-discovery/headers_discovery.hpp"

#include <algorithm>

namespace konduit::lb {

HeadersDiscovery::HeadersDiscovery(const config::Node&, Host&) {}

std::unique_ptr<DiscoveryPart> HeadersDiscovery::attach(Attachment& attachment) {
  return std::make_unique<HeadersDiscoveryPart>(attachment.shard());
}

void HeadersDiscoveryPart::announced(const ServerAnnouncement& announcement) {
  if (announcement.server_count.value_or(0) == 0) {
    announced_.erase(announcement.server_id);
  } else {
    announced_.insert_or_assign(announcement.server_id, *announcement.server_count);
  }
  recount();
}

void HeadersDiscoveryPart::lost(std::string_view server_id) {
  const auto found = announced_.find(server_id);
  if (found == announced_.end()) return;
  announced_.erase(found);
  recount();
}

void HeadersDiscoveryPart::recount() {
  const auto largest = std::ranges::max_element(announced_, {}, [](const auto& entry) { return entry.second; });
  if (largest == announced_.end() || count_ == largest->second) return;
  count_ = largest->second;
  tell();
}

void HeadersDiscoveryPart::tell() {
  if (telling_) return;
  telling_ = true;
  shard_.post([self = self_] {
    if (auto* part = *self) {
      part->telling_ = false;
      part->notify();
    }
  });
}

}  // namespace konduit::lb
