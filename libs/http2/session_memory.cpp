#include "http2/session_memory.hpp"

#include <cstdlib>
#include <cstring>
#include <limits>
#include <utility>

#include "http2/connection.hpp"

namespace konduit::http2 {
namespace {

SessionMemory& memory_of(void* user_data) noexcept { return *static_cast<SessionMemory*>(user_data); }

}  // namespace

std::shared_ptr<SessionMemory> make_session_memory() { return std::make_shared<SessionMemory>(); }

/// What stands in front of the bytes that nghttp2 sees.
struct alignas(std::max_align_t) SessionMemory::Piece {
  std::size_t size;  // without this; a multiple of kGrain
  Piece* next;       // while it is free

  void* bytes() noexcept { return this + 1; }
  static Piece& of(void* bytes) noexcept { return static_cast<Piece*>(bytes)[-1]; }
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
  if (size > std::numeric_limits<std::size_t>::max() - sizeof(Piece) - kGrain) return nullptr;
  const std::size_t grains = (size + kGrain - 1) / kGrain;
  if (grains < free_.size() && free_[grains] != nullptr) {
    Piece* piece = free_[grains];
    free_[grains] = piece->next;
    kept_ -= piece->size;
    return piece->bytes();
  }
  ++fetched_;
  auto* piece = static_cast<Piece*>(std::malloc(sizeof(Piece) + grains * kGrain));
  if (piece == nullptr) return nullptr;
  piece->size = grains * kGrain;
  return piece->bytes();
}

void* SessionMemory::allocate_zeroed(std::size_t count, std::size_t size) noexcept {
  if (size != 0 && count > std::numeric_limits<std::size_t>::max() / size) return nullptr;
  void* bytes = allocate(count * size);
  if (bytes != nullptr) std::memset(bytes, 0, count * size);
  return bytes;
}

void* SessionMemory::reallocate(void* bytes, std::size_t size) noexcept {
  if (bytes == nullptr) return allocate(size);
  const std::size_t had = Piece::of(bytes).size;
  if (size <= had) return bytes;
  void* larger = allocate(size);
  if (larger == nullptr) return nullptr;
  std::memcpy(larger, bytes, had);
  release(bytes);
  return larger;
}

void SessionMemory::release(void* bytes) noexcept {
  if (bytes == nullptr) return;
  Piece& piece = Piece::of(bytes);
  if (!kKeeps || piece.size > kLargestKept || kept_ + piece.size > kMostKept) {
    std::free(&piece);
    return;
  }
  Piece*& free = free_[piece.size / kGrain];
  piece.next = std::exchange(free, &piece);
  kept_ += piece.size;
}

}  // namespace konduit::http2
