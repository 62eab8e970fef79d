#include "progress.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace konduit::conformance {

struct Progress::Shared {
  static constexpr int kNone = -1;

  std::atomic<std::uint32_t> calls{0};
  std::atomic<int> conclusion{kNone};
  char words[500] = {};
};

namespace {

void* map(int descriptor, std::size_t size) {
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

/// Where this process tells what it does; null where nobody watches.
void*& told_to() {
  static void* memory = nullptr;
  return memory;
}

}  // namespace

Progress::Progress()
    : descriptor_(memfd_create("konduit-conformance", 0)),
      shared_(descriptor_ >= 0 && ftruncate(descriptor_, sizeof(Shared)) == 0
                  ? static_cast<Shared*>(map(descriptor_, sizeof(Shared)))
                  : nullptr) {
  if (shared_) new (shared_) Shared;
}

Progress::~Progress() {
  if (shared_) munmap(shared_, sizeof(Shared));
  if (descriptor_ >= 0) close(descriptor_);
}

std::uint32_t Progress::calls() const noexcept { return shared_ ? shared_->calls.load(std::memory_order_acquire) : 0; }

std::string Progress::words() const {
  return shared_ ? std::string(shared_->words, strnlen(shared_->words, sizeof(Shared::words))) : std::string();
}

std::optional<int> Progress::conclusion() const noexcept {
  const int status = shared_ ? shared_->conclusion.load(std::memory_order_acquire) : Shared::kNone;
  return status == Shared::kNone ? std::nullopt : std::optional(status);
}

void Progress::concluded(int status) noexcept {
  auto* shared = static_cast<Shared*>(told_to());
  if (shared) shared->conclusion.store(status, std::memory_order_release);
}

void Progress::tell(int descriptor) {
  told_to() = map(descriptor, sizeof(Shared));
  close(descriptor);
}

Doing::Doing(std::string_view held_up) {
  auto* shared = static_cast<Progress::Shared*>(told_to());
  if (!shared || shared->calls.load(std::memory_order_relaxed) % 2 == 1) return;
  mine_ = true;
  const auto length = std::min(held_up.size(), sizeof(Progress::Shared::words) - 1);
  std::memcpy(shared->words, held_up.data(), length);
  shared->words[length] = '\0';
  shared->calls.fetch_add(1, std::memory_order_release);
}

Doing::~Doing() {
  if (mine_) static_cast<Progress::Shared*>(told_to())->calls.fetch_add(1, std::memory_order_release);
}

}  // namespace konduit::conformance
