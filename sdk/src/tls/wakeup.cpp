#include "tls/wakeup.hpp"

#include <cstddef>
#include <new>

#include "konduit/shard.hpp"

namespace konduit::tls {

struct Wakeup::State {
  explicit State(Owner& of) noexcept : owner(&of) {}

  Owner* owner;
  bool posted = false;
  bool taken = false;
  alignas(std::max_align_t) std::byte storage[96];
};

/// Hands out the storage in the state, which it keeps alive.
template <class T>
struct Wakeup::Memory {
  using value_type = T;

  explicit Memory(std::shared_ptr<State> of) noexcept : state(std::move(of)) {}
  template <class U>
  Memory(const Memory<U>& other) noexcept : state(other.state) {}  // NOLINT(google-explicit-constructor): as allocators do

  T* allocate(std::size_t count) {
    if (!state->taken && count * sizeof(T) <= sizeof state->storage) {
      state->taken = true;
      return reinterpret_cast<T*>(state->storage);
    }
    return static_cast<T*>(::operator new(count * sizeof(T)));
  }
  void deallocate(T* memory, std::size_t) noexcept {
    if (reinterpret_cast<std::byte*>(memory) == state->storage) {
      state->taken = false;
    } else {
      ::operator delete(memory);
    }
  }
  template <class U>
  bool operator==(const Memory<U>& other) const noexcept {
    return state == other.state;
  }

  std::shared_ptr<State> state;
};

struct Wakeup::Handler {
  void operator()() const {
    state->posted = false;
    if (state->owner) state->owner->on_wakeup();
  }
  std::shared_ptr<State> state;
};

Wakeup::Wakeup(Shard& shard, Owner& owner) : shard_(shard), state_(std::make_shared<State>(owner)) {}

Wakeup::~Wakeup() { state_->owner = nullptr; }

void Wakeup::post() {
  if (state_->posted) return;
  state_->posted = true;
  shard_.get_executor().post(Handler{state_}, Memory<std::byte>(state_));
}

}  // namespace konduit::tls
