#include "lb-discovery/max_discovery.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace konduit::lb {

MaxDiscovery::MaxDiscovery(const config::Node& node, Host& host) : node_(node) {
  std::set<std::string> seen;
  for (const config::Node& source : node["of"].items()) {
    if (!seen.insert(source.text()).second) host.report(source, "\"" + source.text() + "\" is in the list already");
  }
  if (seen.empty()) host.report(node["of"], "at least one discovery is needed");
}

std::unique_ptr<DiscoveryPart> MaxDiscovery::attach(Attachment& attachment) {
  std::vector<DiscoveryPart*> sources;
  for (const config::Node& source : node_["of"].items()) sources.push_back(&attachment.part<DiscoveryPart>(source));
  return std::make_unique<MaxDiscoveryPart>(std::move(sources));
}

awaitable<void> MaxDiscoveryPart::start() {
  for (DiscoveryPart* source : sources_) source->subscribe(*this);
  co_return;
}

awaitable<void> MaxDiscoveryPart::stop() {
  for (DiscoveryPart* source : sources_) source->unsubscribe(*this);
  co_return;
}

std::optional<unsigned> MaxDiscoveryPart::count() const {
  std::optional<unsigned> largest;
  // An empty one is less than any number.
  for (const DiscoveryPart* source : sources_) largest = std::max(largest, source->count());
  return largest;
}

void MaxDiscoveryPart::announced(const ServerAnnouncement& announcement) {
  for (DiscoveryPart* source : sources_) source->announced(announcement);
}

void MaxDiscoveryPart::lost(std::string_view server_id) {
  for (DiscoveryPart* source : sources_) source->lost(server_id);
}

}  // namespace konduit::lb
