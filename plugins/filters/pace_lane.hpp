#pragma once

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "filters/limits_ledger.hpp"
#include "konduit/deadline.hpp"
#include "konduit/metrics.hpp"

namespace konduit::filters {

/// One direction of one account on one shard: whose turn it is to move bytes. Who asks while others wait stands behind
/// them. A turn moves a small amount and is charged with what was moved, so an account overdraws by one turn of each
/// shard at the most, and pays that back before the next. It follows the rates that the ledger says, within a second.
///
/// Thread: the shard's; what shards share is the bucket's one number.
class PaceLane final : public std::enable_shared_from_this<PaceLane>, private Deadline::Owner {
 public:
  /// A stream that wants to move bytes. Destruction takes it out of the line.
  class Waiter : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
   public:
    bool waiting() const noexcept { return is_linked(); }
    /// It may move bytes now: from the loop. It may be destroyed in here.
    virtual void on_turn() = 0;

   protected:
    ~Waiter() = default;
  };

  /// `account` is one of `ledger`'s. `waits` outlives the lane's waiters.
  PaceLane(DeadlineQueue& deadlines, std::shared_ptr<LimitsLedger> ledger, std::shared_ptr<LimitsAccount> account,
           LimitsLedger::Direction direction, Counter& waits);

  /// How many bytes `who` may move now; 0: it stands in line, and on_turn() follows.
  std::size_t ask(Waiter& who);
  /// So many bytes have been moved.
  void moved(std::size_t bytes) noexcept;

 private:
  void on_deadline(Deadline& which) override;
  void follow_rates();
  bool owes() const noexcept { return pace_ && pace_->bucket.paid_at(pace_->rate) > deadlines_.now(); }
  void arm();

  DeadlineQueue& deadlines_;
  const std::shared_ptr<LimitsLedger> ledger_;    // shared with the parts of all shards
  const std::shared_ptr<LimitsAccount> account_;  // shared with the ledger and the lanes of other shards
  const LimitsLedger::Direction direction_;
  Counter& waits_;
  std::uint64_t generation_ = 0;  // whose rates it follows
  std::shared_ptr<Pace> pace_;    // shared with the account and the lanes of other shards; null: not limited
  std::size_t turn_bytes_ = 0;
  boost::intrusive::list<Waiter, boost::intrusive::constant_time_size<false>> line_;
  const Waiter* turn_ = nullptr;  // who may move without standing in line
  Deadline next_;
};

}  // namespace konduit::filters
