#pragma once

#include <cstddef>
#include <cstdint>

namespace konduit::transport_grpc {

/// Who may fill the output queue that the tunnels of one stream share.
///
/// The queue takes bytes until `high` and then nothing until it has fallen to `low`. Whoever finds it full, or finds
/// others waiting, stands in line; the line is served in turn, a quantum each, so that no tunnel starves another. The
/// more of them wait, the smaller the quantum, so that a round takes no longer than the queue. Whoever was not served
/// within the last round goes to the head of the line: a short message does not wait for those who send without end
/// (as new flows do in FQ-CoDel, RFC 8290, section 4.2). Waiting costs no allocation: the waiters are the links.
///
/// Thread: one shard's.
class FairRoom {
 public:
  class Waiter {
   public:
    Waiter() = default;
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    /// It is this one's turn: the next ask() in here is answered with room. It is out of the line again.
    virtual void on_room() = 0;
    bool waiting() const noexcept { return waiting_; }

   protected:
    virtual ~Waiter() = default;

   private:
    friend class FairRoom;
    Waiter* previous_ = nullptr;
    Waiter* next_ = nullptr;
    std::uint64_t served_ = 0;  // the number of its last turn
    bool waiting_ = false;
  };

  /// In bytes.
  struct Quantum {
    std::size_t least;
    std::size_t most;
  };

  FairRoom(std::size_t high, std::size_t low, Quantum quantum) noexcept : high_(high), low_(low), quantum_(quantum) {}

  /// Bytes that `who` may add to a queue that holds `queued`; 0: it stands in line now.
  std::size_t ask(Waiter& who, std::size_t queued) noexcept;
  /// `who` has more to say than it was given: it stands in line. Nothing if it does already.
  void stand_in_line(Waiter& who, std::size_t queued) noexcept;
  /// Out of the line. Nothing if it does not stand in it.
  void leave(Waiter& who) noexcept;

  bool waiting() const noexcept { return head_ != nullptr; }
  std::size_t low() const noexcept { return low_; }

  /// The first in line, taken out of it and given the word, or null if nobody may speak. Call it with what is queued,
  /// then on_room(), then yield_turn(), until it says null.
  Waiter* next_turn(std::size_t queued) noexcept;
  void yield_turn() noexcept { speaking_ = nullptr; }

 private:
  void look(std::size_t queued) noexcept;
  void insert(Waiter& who, Waiter* behind) noexcept;
  std::size_t quantum() const noexcept;

  const std::size_t high_;
  const std::size_t low_;
  const Quantum quantum_;
  Waiter* head_ = nullptr;
  Waiter* tail_ = nullptr;
  Waiter* last_fresh_ = nullptr;  // the last of those at the head who were not served within the last round
  std::size_t count_ = 0;         // of those who wait
  std::uint64_t turns_ = 0;
  Waiter* speaking_ = nullptr;
  bool full_ = false;
};

}  // namespace konduit::transport_grpc
