#pragma once

#include <memory>
#include <optional>

#include "konduit/api.hpp"
#include "konduit/asio.hpp"
#include "konduit/deadline.hpp"
#include "konduit/result.hpp"

namespace konduit {

class Shard;

/// Something that coroutines of one shard wait for. set() wakes all waiters and lets later ones pass until clear().
///
/// Thread: the shard's. Waiters are resumed from the loop, never inside set(). Destruction resumes them with
/// operation_aborted.
class KONDUIT_API Event {
 public:
  explicit Event(Shard& shard);
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void set();
  void clear() noexcept;
  bool is_set() const noexcept;

  /// {} when set; StreamErrc::timed_out after `deadline`; operation_aborted when cancelled.
  awaitable<error_code> wait(TimePoint deadline = TimePoint::max());

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace konduit
