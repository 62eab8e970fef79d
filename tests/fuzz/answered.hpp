#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "fuzz/invariant.hpp"
#include "konduit/shard.hpp"
#include "konduit/stream.hpp"
#include "konduit/task_group.hpp"
#include "konduit/testkit/run.hpp"

namespace konduit::fuzz {

/// Where an answer is cut: behind its first bytes, and then into pieces of one size.
struct Cuts {
  std::size_t first;
  std::size_t piece;
};

/// What `task` makes of a peer that says `answer` and then nothing more. `peer` is the peer's stream, on `shard`.
template <class T>
T answered(Shard& shard, Stream& peer, std::string_view answer, Cuts cuts, awaitable<T> task) {
  TaskGroup tasks(shard);
  std::optional<T> result;
  tasks.spawn(testkit::store_result(std::move(task), &result));
  shard.run_ready();
  for (std::size_t at = 0, size = cuts.first; at < answer.size(); at += size, size = cuts.piece) {
    if (size == 0) size = cuts.piece;
    BufferQueue piece;
    piece.push_back(shard.pool().copy(answer.substr(at, size)));
    if (!peer.try_write(piece)) break;
    shard.run_ready();
  }
  peer.half_close();
  shard.run_ready();
  hold(result.has_value(), "an answer that has ended has been judged");
  testkit::await(shard, tasks.join());
  return std::move(*result);
}

}  // namespace konduit::fuzz
