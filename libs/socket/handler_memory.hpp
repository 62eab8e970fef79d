#pragma once

#include <cstddef>
#include <new>

namespace konduit::socket {

/// Room for one pending operation of Asio, so that starting it again and again does not allocate. Must outlive the
/// operation: keep it in the object that the handler owns a share of.
class HandlerMemory {
 public:
  HandlerMemory() = default;
  HandlerMemory(const HandlerMemory&) = delete;
  HandlerMemory& operator=(const HandlerMemory&) = delete;

  void* take(std::size_t size) {
    if (used_ || size > sizeof(room_)) return ::operator new(size);
    used_ = true;
    return room_;
  }
  void give(void* pointer) noexcept {
    if (pointer == room_) {
      used_ = false;
    } else {
      ::operator delete(pointer);
    }
  }

 private:
  alignas(std::max_align_t) std::byte room_[144];
  bool used_ = false;
};

/// Makes Asio take a handler's memory from a HandlerMemory: the type of the handler's `allocator_type`.
template <class T = void>
class HandlerAllocator {
 public:
  using value_type = T;

  explicit HandlerAllocator(HandlerMemory& memory) noexcept : memory_(&memory) {}
  template <class U>
  HandlerAllocator(const HandlerAllocator<U>& other) noexcept : memory_(other.memory_) {}  // NOLINT: rebinding

  T* allocate(std::size_t count) { return static_cast<T*>(memory_->take(sizeof(T) * count)); }
  void deallocate(T* pointer, std::size_t) noexcept { memory_->give(pointer); }

  template <class U>
  bool operator==(const HandlerAllocator<U>& other) const noexcept {
    return memory_ == other.memory_;
  }

 private:
  template <class U>
  friend class HandlerAllocator;

  HandlerMemory* memory_;
};

}  // namespace konduit::socket
