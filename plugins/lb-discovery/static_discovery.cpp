#include "lb-discovery/static_discovery.hpp"

#include <algorithm>
#include <utility>

#include "lb-discovery/server_url.hpp"

namespace konduit::lb {

StaticDiscovery::StaticDiscovery(const config::Node& node, Host& host) {
  const auto& list = node["servers"];
  const auto default_port = static_cast<std::uint16_t>(node["default_port"].integer());
  if (list.items().empty()) host.report(list, "at least one server is needed");
  for (const auto& item : list.items()) {
    std::string error;
    auto url = server_url(item.text(), default_port, error);
    if (!url) {
      host.report(item, error);
    } else if (std::ranges::find(servers_, *url) != servers_.end()) {
      host.report(item, "\"" + item.text() + "\" is in the list already");
    } else {
      servers_.push_back(std::move(*url));
    }
  }
}

std::unique_ptr<DiscoveryPart> StaticDiscovery::attach(Attachment&) {
  return std::make_unique<StaticDiscoveryPart>(servers_);
}

}  // namespace konduit::lb
