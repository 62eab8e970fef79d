#include "tls/wakeup.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/post.hpp>

#include <utility>

#include "detail/handler_memory.hpp"
#include "konduit/shard.hpp"

namespace konduit::tls {

struct Wakeup::State {
  explicit State(Owner& of) noexcept : owner(&of) {}

  Owner* owner;
  bool posted = false;
  HandlerMemory memory;
};

struct Wakeup::Call {
  void operator()() const {
    state->posted = false;
    if (state->owner) state->owner->on_wakeup();
  }
  std::shared_ptr<State> state;
};

Wakeup::Wakeup(Shard& shard, Owner& owner) : shard_(shard), state_(std::make_shared<State>(owner)) {}

Wakeup::~Wakeup() { state_->owner = nullptr; }

void Wakeup::post() {
  if (std::exchange(state_->posted, true)) return;
  const std::shared_ptr<HandlerMemory> memory(state_, &state_->memory);
  asio::post(shard_.context(), asio::bind_allocator(HandlerMemory::Allocator<void>(memory), Call{state_}));
}

}  // namespace konduit::tls
