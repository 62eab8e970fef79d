#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "konduit/selector.hpp"
#include "lb-discovery/any_selector.hpp"
#include "lb-discovery/random.hpp"
#include "targets/network.hpp"

namespace konduit::lb {

/// Which zone is wanted, and where agents are.
struct ZoneSettings {
  struct Place {
    targets::Network network;
    std::string zone;
  };

  std::string wanted;
  std::vector<Place> places;

  /// What the agent says (its identifier `zone`), else the first place that holds the address that it connects from;
  /// empty if neither says it.
  std::string_view zone_of(const Agent& agent) const;
};

/// Picks one of the agents of a zone, at random.
class ZoneSelector final : public Selector {
 public:
  ZoneSelector(const config::Node& node, Host& host);
  std::unique_ptr<SelectorPart> attach(Attachment& attachment) override;

 private:
  ZoneSettings settings_;
};

class ZoneSelectorPart final : public SelectorPart {
 public:
  /// `settings` outlives the part.
  ZoneSelectorPart(const ZoneSettings& settings, std::uint64_t seed) noexcept : settings_(settings), random_(seed) {}
  std::unique_ptr<const AgentIndex> build(std::span<const AgentPtr> agents) override;

 private:
  const ZoneSettings& settings_;
  Random random_;
};

/// An AnyIndex of each zone. A dial's attribute `zone`, which filters set, goes before the zone of the document.
class ZoneIndex final : public AgentIndex {
 public:
  ZoneIndex(std::span<const AgentPtr> agents, const ZoneSettings& settings, Random random);

  AgentPtr pick(const DialRequest& request, std::span<const AgentPtr> excluded) const override;
  bool has_agents() const noexcept override { return size() != 0; }
  /// Agents of the zone that is wanted; of all zones where only dials say it.
  std::size_t size() const noexcept override;

 private:
  const std::string wanted_;
  std::map<std::string, AnyIndex, std::less<>> zones_;
};

}  // namespace konduit::lb
