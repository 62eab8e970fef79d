#pragma once

#include <atomic>
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

/// How fast the bytes of an account move in one direction. Another rate takes another one, which begins full.
struct Pace {
  explicit Pace(const Rate& its_rate) : rate(its_rate) {}

  const Rate rate;
  RateBucket bucket;
};

/// What is counted of one client, one target or the whole process. Bytes without a lock, by whoever moves them.
struct LimitsAccount {
  std::string name;
  std::uint64_t tunnels = 0;  ///< Dials under way included. The ledger's.
  RateBucket dials;           ///< The ledger's.
  // The ledger's, each shared with the lanes of all shards; null: not limited, or nobody has asked.
  std::shared_ptr<Pace> to_target;
  std::shared_ptr<Pace> to_client;

  bool at_rest(TimePoint now) const noexcept {
    const auto full = [now](const auto& pace) { return !pace || pace->bucket.full(now); };
    return tunnels == 0 && dials.full(now) && full(to_target) && full(to_client);
  }
};

/// The accounts of all shards, and of all generations of one component: limits that are changed hold for what is
/// counted already. An account is forgotten when nothing distinguishes it from a new one.
///
/// Thread: any; a lock is taken once a dial and once an end, and by each lane when rates have changed.
class LimitsLedger {
 public:
  /// Beyond so many, accounts without tunnels are forgotten before their buckets are full.
  static constexpr std::size_t kMost = 65536;

  struct Limits {
    std::optional<Rate> dials;
    std::optional<std::uint64_t> tunnels;
  };
  /// Of bytes; nullopt: not limited.
  struct Rates {
    std::optional<Rate> to_target;
    std::optional<Rate> to_client;
  };
  enum class Direction : std::uint8_t { to_target, to_client };
  enum class Answer : std::uint8_t { taken, too_many_tunnels, too_many_dials };

  /// One tunnel's place in an account; leave() gives it back.
  struct Place {
    Answer answer = Answer::taken;
    std::shared_ptr<LimitsAccount> account;  ///< Shared with the ledger and the tunnel's stream; null if refused.
  };

  /// `accounts` outlives the ledger.
  explicit LimitsLedger(Gauge& accounts) : size_(accounts) {}

  /// A number above those of the generations before.
  std::uint64_t next_generation() noexcept { return ++last_generation_; }
  /// A dial came under the document of `generation`: its rates hold from now on, unless those of a later one do.
  void adopt(std::uint64_t generation, const Rates& rates);
  /// Whose rates hold; 0: none yet.
  std::uint64_t generation() const noexcept { return generation_.load(std::memory_order_acquire); }
  /// By the rates that hold; null: not limited.
  std::shared_ptr<Pace> pace(LimitsAccount& account, Direction direction);

  Place enter(std::string_view name, const Limits& limits, TimePoint now);
  void leave(LimitsAccount& account) noexcept;

 private:
  using Accounts = std::list<std::shared_ptr<LimitsAccount>>;

  const std::shared_ptr<LimitsAccount>& find(std::string_view name);
  /// Looks at the two accounts that were looked at longest ago, so that as many can go as come.
  void forget_some(TimePoint now);

  std::atomic<std::uint64_t> last_generation_{0};
  std::atomic<std::uint64_t> generation_{0};
  std::mutex mutex_;
  Rates rates_;
  Accounts accounts_;                                                 // those looked at last are last
  std::unordered_map<std::string_view, Accounts::iterator> by_name_;  // the names are the accounts'
  Gauge& size_;
};

}  // namespace konduit::filters
