#include "transport-grpc/fair_room.hpp"

#include <algorithm>

namespace konduit::transport_grpc {

std::size_t FairRoom::ask(Waiter& who, std::size_t queued) noexcept {
  look(queued);
  if (full_ || (head_ != nullptr && speaking_ != &who)) {
    stand_in_line(who, queued);
    return 0;
  }
  const std::size_t room = high_ - queued;
  return head_ != nullptr ? std::min(room, quantum()) : room;
}

std::size_t FairRoom::quantum() const noexcept {
  return std::clamp(high_ / (count_ + 1), quantum_.least, quantum_.most);  // and the one who speaks
}

void FairRoom::look(std::size_t queued) noexcept {
  if (queued <= low_) full_ = false;
  if (queued >= high_) full_ = true;
}

void FairRoom::stand_in_line(Waiter& who, std::size_t queued) noexcept {
  look(queued);
  if (who.waiting_) return;
  const bool fresh = turns_ - who.served_ > count_;
  insert(who, fresh ? last_fresh_ : tail_);
  if (fresh) last_fresh_ = &who;
}

/// `behind` null: to the head.
void FairRoom::insert(Waiter& who, Waiter* behind) noexcept {
  who.waiting_ = true;
  ++count_;
  who.previous_ = behind;
  who.next_ = behind != nullptr ? behind->next_ : head_;
  (who.previous_ != nullptr ? who.previous_->next_ : head_) = &who;
  (who.next_ != nullptr ? who.next_->previous_ : tail_) = &who;
}

void FairRoom::leave(Waiter& who) noexcept {
  if (speaking_ == &who) speaking_ = nullptr;
  if (!who.waiting_) return;
  who.waiting_ = false;
  --count_;
  if (last_fresh_ == &who) last_fresh_ = who.previous_;
  (who.previous_ != nullptr ? who.previous_->next_ : head_) = who.next_;
  (who.next_ != nullptr ? who.next_->previous_ : tail_) = who.previous_;
  who.previous_ = who.next_ = nullptr;
}

FairRoom::Waiter* FairRoom::next_turn(std::size_t queued) noexcept {
  look(queued);
  if (full_ || head_ == nullptr) return nullptr;
  Waiter* first = head_;
  leave(*first);
  first->served_ = ++turns_;
  speaking_ = first;
  return first;
}

}  // namespace konduit::transport_grpc
