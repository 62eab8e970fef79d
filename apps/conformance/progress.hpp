#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace konduit::conformance {

/// What a process that tries a rule is doing, in memory that it shares with the process that watches it: a call that
/// never comes back says nothing more by itself.
class Progress {
 public:
  /// Memory for a process to come. REQUIRES: descriptor() is inherited by it.
  Progress();
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  int descriptor() const noexcept { return descriptor_; }

  /// Grows with every call that begins or ends. Odd: one is under way.
  std::uint32_t calls() const noexcept;
  /// The sentence of the call that is under way.
  std::string words() const;
  /// What concluded() said; nothing where the process ended without.
  std::optional<int> conclusion() const noexcept;

  /// From now on this process tells what it is doing in the memory behind `descriptor`.
  static void tell(int descriptor);
  /// This process has tried everything and ends with `status`. An exit status alone proves nothing: what is judged may
  /// have ended the process.
  static void concluded(int status) noexcept;

 private:
  struct Shared;
  friend class Doing;

  const int descriptor_;
  Shared* const shared_;
};

/// While it lives, a call into what is judged is under way. `held_up` says what is broken if it does not come back.
/// Inside another one it does nothing: the outer call is the one that does not come back.
class Doing {
 public:
  explicit Doing(std::string_view held_up);
  ~Doing();
  Doing(const Doing&) = delete;
  Doing& operator=(const Doing&) = delete;

 private:
  bool mine_ = false;
};

}  // namespace konduit::conformance
