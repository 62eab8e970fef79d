#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <vector>

#include "konduit/metrics.hpp"

namespace konduit::telemetry {

/// How readiness is told in a body. Both answer 200 and "ok" when all is well and nobody asks for more, and a line for
/// each check, details included, to those who ask.
enum class HealthStyle : std::uint8_t {
  plain,    ///< Not ready: 500 and the first reason.
  verbose,  ///< Not ready: 503 and a line for each check.
};

/// The answer to one question.
struct HealthReport {
  struct Check {
    std::string name;
    bool ready;
    std::string reason;  ///< Empty when ready.
    std::string detail;  ///< May be empty.
  };

  std::vector<Check> checks;  ///< In the order of registration.

  bool ready() const noexcept;
  unsigned status(HealthStyle style) const noexcept;
  std::string body(HealthStyle style, bool verbose) const;

 private:
  std::string first_reason() const;
};

/// The readiness checks of a process. Liveness needs none: whoever answers is alive.
///
/// Thread: the control thread's alone, as are the checks.
class HealthChecks {
 public:
  using Check = std::function<HealthState()>;

  /// Keeps a check registered; owned by whatever holds the component. Must not outlive the HealthChecks.
  class Registration {
   public:
    Registration() = default;
    Registration(Registration&& other) noexcept;
    Registration& operator=(Registration&& other) noexcept;
    ~Registration() { remove(); }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;
    void remove() noexcept;

   private:
    friend class HealthChecks;
    Registration(HealthChecks& owner, std::uint64_t id) : owner_(&owner), id_(id) {}
    HealthChecks* owner_ = nullptr;
    std::uint64_t id_ = 0;
  };

  HealthChecks() = default;
  HealthChecks(const HealthChecks&) = delete;
  HealthChecks& operator=(const HealthChecks&) = delete;

  /// Adds a check. A name may be there more than once: two generations of a component overlap. A check that throws is
  /// not ready.
  [[nodiscard]] Registration add(std::string name, Check check);

  HealthReport readiness() const;

 private:
  struct Entry {
    std::uint64_t id;
    std::string name;
    Check check;
  };

  std::list<Entry> entries_;
  std::uint64_t next_id_ = 1;
};

}  // namespace konduit::telemetry
