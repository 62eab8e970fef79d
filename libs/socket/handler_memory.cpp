#include "socket/handler_memory.hpp"

#include <new>
#include <utility>

namespace konduit::socket {

boost::asio::execution_context::id HandlerMemory::id;

HandlerMemory::~HandlerMemory() {
  while (free_ != nullptr) ::operator delete(std::exchange(free_, free_->next));
}

void* HandlerMemory::take(std::size_t size) {
  if (size > kRoom) return ::operator new(size);
  if (free_ == nullptr) return ::operator new(kRoom);
  --kept_;
  return std::exchange(free_, free_->next);
}

void HandlerMemory::give(void* pointer, std::size_t size) noexcept {
  if (size > kRoom || kept_ == kKept) return ::operator delete(pointer);
  ++kept_;
  free_ = new (pointer) Free{free_};
}

}  // namespace konduit::socket
