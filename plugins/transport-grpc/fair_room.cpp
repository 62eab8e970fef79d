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
  return head_ != nullptr ? std::min(room, quantum_) : room;
}

void FairRoom::look(std::size_t queued) noexcept {
  if (queued <= low_) full_ = false;
  if (queued >= high_) full_ = true;
}

void FairRoom::stand_in_line(Waiter& who, std::size_t queued) noexcept {
  look(queued);
  if (who.waiting_) return;
  who.waiting_ = true;
  who.previous_ = tail_;
  who.next_ = nullptr;
  (tail_ != nullptr ? tail_->next_ : head_) = &who;
  tail_ = &who;
}

void FairRoom::leave(Waiter& who) noexcept {
  if (speaking_ == &who) speaking_ = nullptr;
  if (!who.waiting_) return;
  who.waiting_ = false;
  (who.previous_ != nullptr ? who.previous_->next_ : head_) = who.next_;
  (who.next_ != nullptr ? who.next_->previous_ : tail_) = who.previous_;
  who.previous_ = who.next_ = nullptr;
}

FairRoom::Waiter* FairRoom::next_turn(std::size_t queued) noexcept {
  look(queued);
  if (full_ || head_ == nullptr) return nullptr;
  Waiter* first = head_;
  leave(*first);
  speaking_ = first;
  return first;
}

}  // namespace konduit::transport_grpc
