#include "http2/session_memory.hpp"

#include <malloc.h>

#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

#include "http2/connection.hpp"

namespace konduit::http2 {
namespace {

SessionMemory& memory_of(void* user_data) noexcept { return *static_cast<SessionMemory*>(user_data); }

// malloc's own sizes, so that nothing of them is wasted.
constexpr std::size_t kGrain = 16;
constexpr std::size_t kBesideGrains = 8;

constexpr std::size_t size_of(std::size_t grains) noexcept { return grains * kGrain + kBesideGrains; }

/// Of the smallest piece that has so many bytes.
constexpr std::size_t grains_for(std::size_t size) noexcept {
  return size <= size_of(1) ? 1 : (size - kBesideGrains - 1) / kGrain + 1;
}

/// Of a piece that malloc gave: it remembers a size that is at least what it was asked for.
std::size_t grains_of(void* bytes) noexcept { return (malloc_usable_size(bytes) - kBesideGrains) / kGrain; }

}  // namespace

std::shared_ptr<SessionMemory> make_session_memory() { return std::make_shared<SessionMemory>(); }

/// What lies in a piece that nobody uses.
struct SessionMemory::Piece {
  Piece* next;
};

SessionMemory::~SessionMemory() {
  for (Piece* piece : free_) {
    while (piece != nullptr) std::free(std::exchange(piece, piece->next));
  }
}

nghttp2_mem SessionMemory::functions() noexcept {
  return {this, [](std::size_t size, void* self) { return memory_of(self).allocate(size); },
          [](void* bytes, void* self) { memory_of(self).release(bytes); },
          [](std::size_t count, std::size_t size, void* self) { return memory_of(self).allocate_zeroed(count, size); },
          [](void* bytes, std::size_t size, void* self) { return memory_of(self).reallocate(bytes, size); }};
}

void* SessionMemory::allocate(std::size_t size) noexcept {
  if (size > std::numeric_limits<std::size_t>::max() - kGrain) return nullptr;
  const std::size_t grains = grains_for(size);
  if (grains < free_.size() && free_[grains] != nullptr) {
    kept_ -= size_of(grains);
    return std::exchange(free_[grains], free_[grains]->next);
  }
  ++fetched_;
  return std::malloc(size_of(grains));
}

void* SessionMemory::allocate_zeroed(std::size_t count, std::size_t size) noexcept {
  if (size != 0 && count > std::numeric_limits<std::size_t>::max() / size) return nullptr;
  void* bytes = allocate(count * size);
  if (bytes != nullptr) std::memset(bytes, 0, count * size);
  return bytes;
}

void* SessionMemory::reallocate(void* bytes, std::size_t size) noexcept {
  if (bytes == nullptr) return allocate(size);
  const std::size_t had = size_of(grains_of(bytes));
  if (size <= had) return bytes;
  void* larger = allocate(size);
  if (larger == nullptr) return nullptr;
  std::memcpy(larger, bytes, had);
  release(bytes);
  return larger;
}

void SessionMemory::release(void* bytes) noexcept {
  if (bytes == nullptr) return;
  const std::size_t grains = kKeeps ? grains_of(bytes) : 0;
  if (!kKeeps || grains >= free_.size() || kept_ + size_of(grains) > kMostKept) {
    std::free(bytes);
    return;
  }
  free_[grains] = new (bytes) Piece{free_[grains]};
  kept_ += size_of(grains);
}

}  // namespace konduit::http2
