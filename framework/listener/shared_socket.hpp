#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "konduit/shard.hpp"
#include "konduit/transport.hpp"
#include "listener/accept_loop.hpp"

namespace konduit::listener {

/// A bound address and who accepts on it. The listeners of generations that overlap share it: of the loops that were
/// added on a shard, the last one accepts and the others pause.
///
/// Thread: open(), add() and remove() on the thread of the shard that they are given; the rest any.
class SharedSocket {
 public:
  SharedSocket(std::unique_ptr<Binding> binding, std::size_t shards);

  /// The address with the real port.
  const std::string& url() const noexcept { return binding_->url(); }
  std::unique_ptr<Acceptor> open(Shard& shard, const Liveness& liveness) { return binding_->open(shard, liveness); }

  /// From now on `loop` accepts on `shard`.
  void add(Shard& shard, std::shared_ptr<AcceptLoop> loop);
  /// Closes `loop`. If it was the one that accepted, the one before it goes on.
  void remove(Shard& shard, const std::shared_ptr<AcceptLoop>& loop);

 private:
  const std::unique_ptr<Binding> binding_;
  std::vector<std::vector<std::shared_ptr<AcceptLoop>>> loops_;  // by shard; each shared with its running task
};

}  // namespace konduit::listener
