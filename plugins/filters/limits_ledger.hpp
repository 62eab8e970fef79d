#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "filters/rate.hpp"
#include "konduit/metrics.hpp"

namespace konduit::filters {

/// What is counted of one client, one target or the whole process. Bytes without a lock, by whoever moves them.
struct LimitsAccount {
  std::string name;
  std::uint64_t tunnels = 0;  ///< Dials under way included. The ledger's.
  RateBucket dials;           ///< The ledger's.
  RateBucket to_target;
  RateBucket to_client;

  bool at_rest(TimePoint now) const noexcept {
    return tunnels == 0 && dials.full(now) && to_target.full(now) && to_client.full(now);
  }
};

/// The accounts of all shards, and of all generations of one component: limits that are changed hold for what is
/// counted already. An account is forgotten when nothing distinguishes it from a new one.
///
/// Thread: any; a lock is taken once a dial and once an end.
class LimitsLedger {
 public:
  /// Beyond so many, accounts without tunnels are forgotten before their buckets are full.
  static constexpr std::size_t kMost = 65536;

  struct Limits {
    std::optional<Rate> dials;
    std::optional<std::uint64_t> tunnels;
  };
  enum class Answer : std::uint8_t { taken, too_many_tunnels, too_many_dials };

  /// One tunnel's place in an account; leave() gives it back.
  struct Place {
    Answer answer = Answer::taken;
    std::shared_ptr<LimitsAccount> account;  ///< Shared with the ledger and the tunnel's stream; null if refused.
  };

  /// `accounts` outlives the ledger.
  explicit LimitsLedger(Gauge& accounts) : size_(accounts) {}

  Place enter(std::string_view name, const Limits& limits, TimePoint now);
  void leave(LimitsAccount& account) noexcept;

 private:
  using Accounts = std::list<std::shared_ptr<LimitsAccount>>;

  const std::shared_ptr<LimitsAccount>& find(std::string_view name);
  /// Looks at the two accounts that were looked at longest ago, so that as many can go as come.
  void forget_some(TimePoint now);

  std::mutex mutex_;
  Accounts accounts_;                                                 // those looked at last are last
  std::unordered_map<std::string_view, Accounts::iterator> by_name_;  // the names are the accounts'
  Gauge& size_;
};

}  // namespace konduit::filters
