#pragma once

#include <memory>

#include "konduit/asio.hpp"

namespace konduit {

class Shard;

namespace tls {

/// Calls its owner once from the loop's next turn. Posting allocates nothing: its memory is made once and lives as long
/// as the last post. Thread: the shard's. Destruction forgets what was posted.
class Wakeup {
 public:
  class Owner {
   public:
    virtual void on_wakeup() = 0;

   protected:
    ~Owner() = default;
  };

  Wakeup(Shard& shard, Owner& owner);
  ~Wakeup();
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  /// Idempotent until the call.
  void post();

 private:
  struct State;
  struct Call;

  Shard& shard_;
  std::shared_ptr<State> state_;  // shared with the handler that is posted
};

}  // namespace tls
}  // namespace konduit
