#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <utility>

namespace konduit {

/// Memory for a handler that is posted again and again, of which at most `kSlots` are outstanding: Asio asks for it
/// anew each time. Not synchronised: whoever posts must be ordered after the release of the memory before.
class HandlerMemory {
 public:
  HandlerMemory() = default;
  HandlerMemory(const HandlerMemory&) = delete;
  HandlerMemory& operator=(const HandlerMemory&) = delete;

  void* allocate(std::size_t size) {
    if (size <= kSize) {
      for (Slot& slot : slots_) {
        if (!std::exchange(slot.used, true)) return slot.bytes;
      }
    }
    return ::operator new(size);
  }

  void deallocate(void* memory) noexcept {
    for (Slot& slot : slots_) {
      if (memory == slot.bytes) {
        slot.used = false;
        return;
      }
    }
    ::operator delete(memory);
  }

  /// Binds the memory to a handler, as its associated allocator.
  template <class T>
  class Allocator {
   public:
    using value_type = T;

    explicit Allocator(std::shared_ptr<HandlerMemory> memory) noexcept : memory_(std::move(memory)) {}
    template <class U>
    Allocator(const Allocator<U>& other) noexcept : memory_(other.memory_) {}

    T* allocate(std::size_t count) { return static_cast<T*>(memory_->allocate(sizeof(T) * count)); }
    void deallocate(T* pointer, std::size_t) noexcept { memory_->deallocate(pointer); }
    template <class U>
    bool operator==(const Allocator<U>& other) const noexcept {
      return memory_ == other.memory_;
    }

   private:
    template <class>
    friend class Allocator;
    std::shared_ptr<HandlerMemory> memory_;  // shared with the handlers: a context may drop them after their owner
  };

 private:
  static constexpr std::size_t kSlots = 2;
  static constexpr std::size_t kSize = 256;
  struct Slot {
    alignas(std::max_align_t) std::byte bytes[kSize];
    bool used = false;
  };
  Slot slots_[kSlots];
};

}  // namespace konduit
