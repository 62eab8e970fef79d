#pragma once

#include <cstddef>
#include <set>
#include <string>

namespace konduit::conformance {

/// What a process holds of the system.
struct ProcessState {
  std::set<std::string> descriptors;  ///< "7 -> socket:[4711]"
  std::size_t threads = 0;

  static ProcessState now();
  /// What is there in addition to `before`; empty if nothing.
  std::string beyond(const ProcessState& before) const;
};

/// Bytes that the allocator has handed out; 0 where it does not tell (under a sanitizer).
std::size_t allocated_bytes() noexcept;

}  // namespace konduit::conformance
