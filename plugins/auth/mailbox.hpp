#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "auth/verdict_cache.hpp"
#include "konduit/event.hpp"
#include "konduit/shard.hpp"

namespace konduit::auth {

/// Where a part waits for verdicts that come from another shard. Those who wait may leave at any time: their verdict
/// then finds nobody.
///
/// Thread: the part's shard's, but for Address::send().
class Mailbox {
 public:
  /// Of one who waits. Any thread; may outlive the mailbox.
  class Address {
   public:
    /// The verdict arrives from the loop of the part's shard.
    void send(Verdict verdict) const;

   private:
    friend class Mailbox;
    struct Waiting {
      explicit Waiting(Shard& shard) : arrived(shard) {}
      Event arrived;
      std::optional<Verdict> verdict;
    };
    using Table = std::unordered_map<std::uint64_t, Waiting*>;

    Shard* shard_ = nullptr;
    std::shared_ptr<Table> table_;  // shared by the mailbox and what is on its way to it
    std::uint64_t number_ = 0;
  };

  explicit Mailbox(Shard& shard) : shard_(shard), table_(std::make_shared<Address::Table>()) {}

  /// Waits for what is sent to the address that `ask` was given. An answer of its own after `deadline` and where it is
  /// cancelled.
  template <class Ask>
  awaitable<Verdict> verdict(Ask ask, TimePoint deadline) {
    Address::Waiting waiting(shard_);
    const std::uint64_t number = ++last_number_;
    table_->emplace(number, &waiting);
    Address address;
    address.shard_ = &shard_;
    address.table_ = table_;
    address.number_ = number;
    ask(std::move(address));
    co_await waiting.arrived.wait(deadline);
    table_->erase(number);
    if (waiting.verdict) co_return std::move(*waiting.verdict);
    co_return Refusal{Refusal::Reason::unavailable, "the token could not be checked in time"};
  }

 private:
  Shard& shard_;
  std::shared_ptr<Address::Table> table_;
  std::uint64_t last_number_ = 0;
};

}  // namespace konduit::auth
