#pragma once

#include <cstddef>

#include "konduit/api.hpp"
#include "konduit/stream.hpp"

namespace konduit {

class Shard;

/// Two connected streams: what is written to `first` is read from `second`, and the reverse.
struct StreamPair {
  StreamPtr first;
  StreamPtr second;
};

/// Makes a pair whose ends live on two shards (or both on one). Bytes cross by handing blocks over in batches, one
/// wake-up a turn; at most `window` bytes are under way in each direction, which is the backpressure. Half-close, close
/// and reset cross in order like bytes. Call it on the thread of `first`; use `second` only on its shard's thread.
KONDUIT_API StreamPair make_stream_pair(Shard& first, Shard& second, std::size_t window = 256 * 1024);

}  // namespace konduit
