#include "listener/shared_socket.hpp"

#include <utility>

namespace konduit::listener {

SharedSocket::SharedSocket(std::unique_ptr<Binding> binding, std::size_t shards)
    : binding_(std::move(binding)), loops_(shards) {}

void SharedSocket::add(Shard& shard, std::shared_ptr<AcceptLoop> loop) {
  auto& loops = loops_[shard.index()];
  if (!loops.empty()) loops.back()->pause();
  loops.push_back(std::move(loop));
}

void SharedSocket::remove(Shard& shard, const std::shared_ptr<AcceptLoop>& loop) {
  auto& loops = loops_[shard.index()];
  const bool accepted = !loops.empty() && loops.back() == loop;
  std::erase(loops, loop);
  loop->close();
  if (accepted && !loops.empty()) loops.back()->resume();
}

}  // namespace konduit::listener
