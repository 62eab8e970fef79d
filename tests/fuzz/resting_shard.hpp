#pragma once

#include "konduit/shard.hpp"

namespace konduit::fuzz {

/// The one shard of all inputs, whose time only moves when it is told to. A shard opens three descriptors, which costs
/// more than most inputs do; what an input leaves in it is memory that the pool may use again, and every target that
/// uses it holds that nothing else is left. It is never destroyed: what a thread keeps for coroutines goes before its
/// statics do.
inline Shard& resting_shard() {
  static Shard& shard = [] -> Shard& {
    Shard& made = *new Shard;
    made.deadlines().fake_clock();
    return made;
  }();
  return shard;
}

}  // namespace konduit::fuzz
