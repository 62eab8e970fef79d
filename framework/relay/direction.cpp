#include "relay/direction.hpp"

#include <utility>

namespace konduit::relay {

namespace {

/// What one direction may move before other work of the shard gets its turn.
constexpr std::size_t kShareOfTurn = 1024 * 1024;

}  // namespace

Direction::Step Direction::advance(BufferQueue& scratch) {
  std::size_t moved = 0;
  while (!ended()) {
    if (!waiting_.empty() && !offer(waiting_)) return ended() ? Step::ended : Step::waiting;
    if (after_waiting_ != State::open) {
      state_ = after_waiting_;
      break;
    }
    if (moved >= kShareOfTurn) return Step::yielded;
    if (!fill(scratch)) {
      if (after_waiting_ != State::open) continue;
      waiting_.shrink();
      return Step::waiting;
    }
    moved += scratch.size();
    if (!offer(scratch)) {
      scratch.move_to(waiting_);
      if (ended()) waiting_.clear();
      return ended() ? Step::ended : Step::waiting;
    }
  }
  return Step::ended;
}

/// True if the sink took everything. Otherwise it has promised to call, or it is broken and the direction has ended.
bool Direction::offer(BufferQueue& bytes) {
  while (!bytes.empty()) {
    const auto taken = sink_.try_write(bytes);
    if (taken.has_value()) {
      bytes_ += *taken;
      counter_.add(*taken);
      if (!bytes.empty()) return false;
    } else {
      if (!would_block(taken.error())) refuse();
      return false;
    }
  }
  return true;
}

bool Direction::fill(BufferQueue& bytes) {
  const auto read = source_.try_read(bytes, sink_.write_shape());
  if (read.has_value()) return true;
  if (end_of_stream(read.error())) {
    after_waiting_ = State::finished;
  } else if (!would_block(read.error())) {
    after_waiting_ = State::truncated;
    broken_ = read.error();
  }
  return false;
}

bool Direction::stood_still() {
  const std::uint64_t delivered = bytes_ - sink_.queued();
  return std::exchange(delivered_, delivered) == delivered && held() > 0;
}

void Direction::refuse() noexcept {
  if (ended()) return;
  waiting_.clear();
  state_ = State::refused;
}

}  // namespace konduit::relay
