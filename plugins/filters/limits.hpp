#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "filters/limits_ledger.hpp"
#include "filters/pace_lane.hpp"
#include "filters/rate.hpp"
#include "konduit/filter.hpp"

namespace konduit::filters {

/// What one `limits` component allows. Immutable behind the constructor.
struct LimitsSettings {
  /// What has an account of its own.
  enum class Scope : std::uint8_t { process, peer, target };

  Scope scope = Scope::process;
  LimitsLedger::Limits dials;
  std::string dials_text;  ///< "20 in 1s"
  LimitsLedger::Rates rates;
};

/// Refuses dials beyond a rate or a number of tunnels, and slows tunnels down.
class Limits final : public Filter {
 public:
  Limits(const config::Node& node, Host& host);

  /// Takes over the accounts of the generation before it.
  awaitable<void> prepare() override;
  std::unique_ptr<FilterPart> attach(Attachment& attachment) override;

 private:
  void use(const std::shared_ptr<void>& ledger);

  Host& host_;
  LimitsSettings settings_;
  std::shared_ptr<LimitsLedger> ledger_;  // shared with the parts and with other generations
  std::uint64_t generation_ = 0;          // the ledger's number for this one
};

class LimitsPart final : public FilterPart {
 public:
  /// `settings` and `host` outlive the part.
  LimitsPart(Shard& shard, const LimitsSettings& settings, std::shared_ptr<LimitsLedger> ledger,
             std::uint64_t generation, Host& host);

  Verdict<DialResult<void>> on_dial(DialRequest& request) override;
  StreamPtr on_stream(const DialRequest& request, StreamPtr stream) override;
  void on_end(const TunnelSummary& summary) override;

 private:
  /// Where the tunnels of one account stand in line.
  struct Lanes {
    std::shared_ptr<PaceLane> to_target;  // shared with the streams
    std::shared_ptr<PaceLane> to_client;  // as above
    std::size_t users = 0;
  };
  struct Dial {
    std::shared_ptr<LimitsAccount> account;  // shared with the ledger
    bool paced = false;
  };

  std::shared_ptr<PaceLane> lane(const std::shared_ptr<LimitsAccount>& account, LimitsLedger::Direction direction,
                                 Counter& waits);
  Lanes& lanes_of(const std::shared_ptr<LimitsAccount>& account);
  DialError refused(LimitsLedger::Answer answer, std::string_view name);

  Shard& shard_;
  const LimitsSettings& settings_;
  const std::shared_ptr<LimitsLedger> ledger_;  // shared with other parts
  const std::uint64_t generation_;
  Host& host_;
  Counter& too_many_tunnels_;
  Counter& too_many_dials_;
  Counter& waits_to_target_;
  Counter& waits_to_client_;
  Gauge& tunnels_;
  std::unordered_map<const DialRequest*, Dial> dials_;
  std::unordered_map<const LimitsAccount*, Lanes> lanes_;
};

}  // namespace konduit::filters
