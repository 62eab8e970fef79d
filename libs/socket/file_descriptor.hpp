#pragma once

#include <utility>

namespace konduit::socket {

/// Owns an open file descriptor, or none (-1). Moves, does not copy; closes what it owns when it ends.
class FileDescriptor {
 public:
  FileDescriptor() noexcept = default;
  explicit FileDescriptor(int number) noexcept : number_(number) {}
  FileDescriptor(FileDescriptor&& other) noexcept : number_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    if (this != &other) close_now(std::exchange(number_, other.release()));
    return *this;
  }
  ~FileDescriptor() { close_now(number_); }

  int get() const noexcept { return number_; }
  explicit operator bool() const noexcept { return number_ >= 0; }

  /// Gives the descriptor up without closing it.
  int release() noexcept { return std::exchange(number_, -1); }
  void close() noexcept { close_now(release()); }

 private:
  static void close_now(int number) noexcept;

  int number_ = -1;
};

}  // namespace konduit::socket
