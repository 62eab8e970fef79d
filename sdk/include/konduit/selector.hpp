#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "konduit/component.hpp"
#include "konduit/dial.hpp"

namespace konduit {

/// One connected agent, as selectors see it. Everything is constant but the atomics, which the agent's own shard
/// writes. Shared by the connection, the snapshots and the indexes.
struct Agent {
  std::string id;  ///< The agent's own name; several connections may share it.
  std::multimap<std::string, std::string, std::less<>> identifiers;  ///< "ipv4" → "10.0.0.1", ...
  Peer peer;
  std::uint64_t sequence = 0;                     ///< Order of connecting: the oldest of one id serves.
  unsigned shard = 0;                             ///< Where its connection lives.
  mutable std::atomic<std::uint32_t> tunnels{0};  ///< Established and pending.
  /// To be picked last: it drains, or takes nothing of what is sent to it. The second may pass.
  mutable std::atomic<bool> draining{false};
};

using AgentPtr = std::shared_ptr<const Agent>;

/// Looks agents up for dials. Immutable; used by the shard that built it, which may keep it after the part and its
/// component have gone: an index refers to neither.
class KONDUIT_API AgentIndex {
 public:
  virtual ~AgentIndex() = default;

  /// The best agent for `request` that is not in `excluded` (those that were tried), or null. Agents that are
  /// `draining` come last.
  virtual AgentPtr pick(const DialRequest& request, std::span<const AgentPtr> excluded) const = 0;
  /// True if any agent could be picked for some dial. Feeds readiness.
  virtual bool has_agents() const noexcept = 0;
  /// How many connections could be picked for some dial. For metrics.
  virtual std::size_t size() const noexcept { return has_agents() ? 1 : 0; }
};

class KONDUIT_API SelectorPart : public Part {
 public:
  static constexpr ComponentKind kKind = ComponentKind::selector;

  /// Builds an index over a snapshot, in order of connecting. Called whenever an agent comes or goes.
  virtual std::unique_ptr<const AgentIndex> build(std::span<const AgentPtr> agents) = 0;
};

class KONDUIT_API Selector : public Component {
 public:
  static constexpr ComponentKind kKind = ComponentKind::selector;
  virtual std::unique_ptr<SelectorPart> attach(Attachment& attachment) = 0;
};

}  // namespace konduit
