#pragma once

#include <memory>
#include <string>
#include <vector>

#include "konduit/backend.hpp"
#include "konduit/shard.hpp"
#include "routing/route_rule.hpp"

namespace konduit::routing {

/// Hands each dial to another backend: the first rule that matches says to which, and to which others if that cannot.
class Route final : public Backend {
 public:
  Route(const config::Node& node, Host& host);
  std::unique_ptr<BackendPart> attach(Attachment& attachment) override;

 private:
  const config::Node node_;
  Host& host_;
  std::vector<RouteRule> rules_;
};

class RoutePart final : public BackendPart {
 public:
  /// A backend on this shard, and what was counted of it.
  struct Candidate {
    Candidate(std::string its_id, BackendPart& its_part, Metrics& metrics);

    std::string id;
    BackendPart& part;
    Counter& succeeded;
    Counter& failed;
  };
  using Candidates = std::vector<Candidate>;

  /// `rules` and `log` outlive the part; candidates[i] are those of rules[i], and behind them the default's.
  RoutePart(Shard& shard, const std::vector<RouteRule>& rules, std::vector<Candidates> candidates, Host& host);

  /// Asks the rule's backends in turn while one fails with a retryable error: then nothing has reached the target. None
  /// of them may take so long that no time is left for those behind it.
  awaitable<DialResult<StreamPtr>> dial(const DialRequest& request) override;

 private:
  const Candidates& candidates_for(const DialRequest& request) const;

  Shard& shard_;
  const std::vector<RouteRule>& rules_;
  const std::vector<Candidates> candidates_;
  Host& host_;
  Counter& fallbacks_;
  Counter& unrouted_;
};

}  // namespace konduit::routing
