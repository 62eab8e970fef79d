#include "lb-discovery/zone_selector.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <optional>
#include <string>

#include "konduit/dial.hpp"

namespace konduit::lb {

namespace {

constexpr std::string_view kZone = "zone";

/// Of "tcp://10.1.2.3:40312".
std::optional<asio::ip::address> address_of(const Peer& peer) {
  const auto scheme = peer.address.find("://");
  if (scheme == std::string::npos) return std::nullopt;
  const auto target = Target::parse(std::string_view(peer.address).substr(scheme + 3));
  if (!target) return std::nullopt;
  error_code failure;
  const auto address = asio::ip::make_address(target->host, failure);
  if (failure) return std::nullopt;
  return targets::normalised(address);
}

}  // namespace

std::string_view ZoneSettings::zone_of(const Agent& agent) const {
  if (const auto said = agent.identifiers.find(kZone); said != agent.identifiers.end()) return said->second;
  const auto address = address_of(agent.peer);
  if (!address) return {};
  const auto place = std::ranges::find_if(places, [&](const Place& one) { return one.network.contains(*address); });
  return place == places.end() ? std::string_view() : place->zone;
}

ZoneSelector::ZoneSelector(const config::Node& node, Host& host) {
  settings_.wanted = node["zone"].text();
  for (const config::Node& place : node["agents"].items()) {
    if (place["zone"] && place["zone"].text().empty()) host.report(place["zone"], "is empty");
    for (const config::Node& text : place["networks"].items()) {
      std::string error;
      if (const auto network = targets::Network::parse(text.text(), error)) {
        settings_.places.push_back({*network, place["zone"].text()});
      } else {
        host.report(text, "\"" + text.text() + "\" is no network: " + error);
      }
    }
  }
}

std::unique_ptr<SelectorPart> ZoneSelector::attach(Attachment&) {
  return std::make_unique<ZoneSelectorPart>(settings_, random_seed());
}

std::unique_ptr<const AgentIndex> ZoneSelectorPart::build(std::span<const AgentPtr> agents) {
  return std::make_unique<ZoneIndex>(agents, settings_, Random(random_.next()));
}

ZoneIndex::ZoneIndex(std::span<const AgentPtr> agents, const ZoneSettings& settings, Random random)
    : wanted_(settings.wanted) {
  std::map<std::string, std::vector<AgentPtr>, std::less<>> in_zones;
  for (const AgentPtr& agent : agents) {
    if (const auto zone = settings.zone_of(*agent); !zone.empty()) in_zones[std::string(zone)].push_back(agent);
  }
  for (const auto& [zone, there] : in_zones) zones_.try_emplace(zone, there, Random(random.next()));
}

AgentPtr ZoneIndex::pick(const DialRequest& request, std::span<const AgentPtr> excluded) const {
  const auto asked = request.attributes.find(kZone);
  const auto zone = zones_.find(asked != request.attributes.end() ? asked->second : wanted_);
  return zone == zones_.end() ? nullptr : zone->second.pick(request, excluded);
}

std::size_t ZoneIndex::size() const noexcept {
  if (!wanted_.empty()) {
    const auto zone = zones_.find(wanted_);
    return zone == zones_.end() ? 0 : zone->second.size();
  }
  std::size_t agents = 0;
  for (const auto& [zone, index] : zones_) agents += index.size();
  return agents;
}

}  // namespace konduit::lb
