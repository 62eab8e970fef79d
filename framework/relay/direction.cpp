#include "relay/direction.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace konduit::relay {

namespace {

/// What one direction may move before other work of the shard gets its turn.
constexpr std::size_t kShareOfTurn = 1024 * 1024;
/// What is read at a look, and how much may wait then.
constexpr std::uint32_t kReadOn = 64 * 1024;
constexpr std::size_t kMostWaiting = 512 * 1024;

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
    if (!fill(scratch, sink_.write_shape())) {
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

bool Direction::fill(BufferQueue& bytes, const ReadShape& shape) {
  const auto read = source_.try_read(bytes, shape);
  if (read.has_value()) return true;
  if (end_of_stream(read.error())) {
    after_waiting_ = State::finished;
  } else if (!would_block(read.error())) {
    after_waiting_ = State::truncated;
    broken_ = reset_reason(read.error());
  }
  return false;
}

bool Direction::look() {
  const std::uint64_t now = delivered();
  const std::uint64_t before = std::exchange(delivered_, now);
  if (now != before || held() == 0) {
    still_looks_ = 0;
  } else if (still_looks_ != std::numeric_limits<std::uint8_t>::max()) {
    ++still_looks_;
  }
  if (now > before) read_on(now - before);
  return now != before;
}

void Direction::read_on(std::uint64_t bytes) {
  if (waiting_.empty() || waiting_.size() >= kMostWaiting || after_waiting_ != State::open) return;
  if (source_.unread() == 0) return;
  ReadShape shape = sink_.write_shape();
  shape.limit = static_cast<std::uint32_t>(std::min<std::uint64_t>({shape.limit, kReadOn, bytes}));
  fill(waiting_, shape);
}

/// As near to the peer as somebody can tell: its process, its host, or what has left this process.
std::uint64_t Direction::delivered() const {
  if (const auto unread = sink_.unread_by_peer()) return bytes_ - std::min<std::uint64_t>(bytes_, *unread);
  if (const auto delivery = sink_.delivery()) return delivery->delivered;
  return bytes_ - std::min<std::uint64_t>(bytes_, sink_.queued());
}

void Direction::refuse() noexcept {
  if (ended()) return;
  waiting_.clear();
  state_ = State::refused;
}

}  // namespace konduit::relay
