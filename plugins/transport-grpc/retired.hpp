#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "konduit/shard.hpp"

namespace konduit::transport_grpc {

/// Keeps objects that have ended until the loop's turn ends, when none of their functions is on the stack any more: so
/// that what ends in its own callback need not know whose callback that was.
template <class T>
class Retired final : private FlushHook {
 public:
  explicit Retired(Shard& shard) : shard_(shard) {}

  void take(std::unique_ptr<T> object) {
    objects_.push_back(std::move(object));
    shard_.mark_dirty(*this);
  }

 private:
  void flush() override { std::exchange(objects_, {}).clear(); }

  Shard& shard_;
  std::vector<std::unique_ptr<T>> objects_;
};

}  // namespace konduit::transport_grpc
