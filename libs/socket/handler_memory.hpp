#pragma once

#include <boost/asio/execution_context.hpp>

#include <cstddef>

namespace konduit::socket {

/// Room for operations of Asio that are started again and again, so that starting them does not allocate: what has been
/// given back is taken again. A connection that waits holds room for its waits alone, and not for those that it might
/// begin.
///
/// One for every shard, owned by its io_context: operations are gone before it is. Thread: the shard's.
class HandlerMemory final : public boost::asio::execution_context::service {
 public:
  static boost::asio::execution_context::id id;

  /// An operation of Watch fits. Whatever is larger is allocated each time.
  static constexpr std::size_t kRoom = 104;
  /// Free pieces that are kept at the most.
  static constexpr std::size_t kKept = 1024;

  explicit HandlerMemory(boost::asio::execution_context& context) : service(context) {}
  ~HandlerMemory() override;

  void* take(std::size_t size);
  /// `size` as it was asked for.
  void give(void* pointer, std::size_t size) noexcept;

 private:
  struct Free {
    Free* next;
  };

  void shutdown() override {}

  Free* free_ = nullptr;
  std::size_t kept_ = 0;
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
  void deallocate(T* pointer, std::size_t count) noexcept { memory_->give(pointer, sizeof(T) * count); }

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
