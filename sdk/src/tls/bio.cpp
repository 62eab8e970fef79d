#include "tls/bio.hpp"

#include <algorithm>
#include <cstring>

namespace konduit::tls {
namespace {

constexpr std::size_t kSmallestTail = 2 * 1024;

Wire& wire_of(BIO* bio) noexcept { return *static_cast<Wire*>(BIO_get_data(bio)); }

// The callbacks are called by C code: nothing may be thrown out of them. Failing without the retry flag ends the
// session.
int read_bio(BIO* bio, char* data, std::size_t size, std::size_t* count) noexcept {
  BIO_clear_retry_flags(bio);
  try {
    switch (wire_of(bio).read({reinterpret_cast<std::byte*>(data), size}, *count)) {
      case Wire::ReadOutcome::bytes: return 1;
      case Wire::ReadOutcome::again: BIO_set_retry_read(bio); break;
      case Wire::ReadOutcome::ended: break;
    }
  } catch (...) {
  }
  return 0;
}

int write_bio(BIO* bio, const char* data, std::size_t size, std::size_t* count) noexcept {
  BIO_clear_retry_flags(bio);
  try {
    wire_of(bio).write({reinterpret_cast<const std::byte*>(data), size});
    *count = size;
    return 1;
  } catch (...) {
    return 0;
  }
}

long control_bio(BIO*, int command, long, void*) noexcept { return command == BIO_CTRL_FLUSH ? 1 : 0; }

int create_bio(BIO* bio) noexcept {
  BIO_set_init(bio, 1);
  return 1;
}

BioMethodHandle make_method() {
  BioMethodHandle method(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "konduit stream"));
  if (method) {
    BIO_meth_set_read_ex(method.get(), read_bio);
    BIO_meth_set_write_ex(method.get(), write_bio);
    BIO_meth_set_ctrl(method.get(), control_bio);
    BIO_meth_set_create(method.get(), create_bio);
  }
  return method;
}

}  // namespace

BioHandle Wire::make_bio() {
  static const BioMethodHandle method = make_method();
  BioHandle bio(method ? BIO_new(method.get()) : nullptr);
  if (bio) BIO_set_data(bio.get(), this);
  return bio;
}

BufferQueue& Wire::output() {
  if (tail_used_ > 0) {
    tail_.truncate(tail_used_);
    tail_used_ = 0;
    output_.push_back(std::move(tail_));
    tail_ = {};
  }
  return output_;
}

void Wire::drop_output() noexcept {
  output_.clear();
  tail_ = {};
  tail_used_ = 0;
}

Wire::ReadOutcome Wire::read(std::span<std::byte> into, std::size_t& count) {
  if (reads_left_ == 0) {
    held_back_ = true;
    return ReadOutcome::again;
  }
  if (input_.empty() && !refill()) return input_error_ ? ReadOutcome::ended : ReadOutcome::again;
  --reads_left_;
  count = input_.peek(into);
  input_.consume(count);
  return ReadOutcome::bytes;
}

bool Wire::refill() {
  if (!inner_ || input_blocked_ || input_error_) return false;
  constexpr ReadShape kWhole{.headroom = 0, .payload = BlockPool::kLarge, .limit = BlockPool::kLarge};
  const auto got = inner_->try_read(input_, kWhole);
  if (got) return true;
  if (would_block(got.error())) {
    input_blocked_ = true;
  } else {
    input_error_ = got.error();
  }
  return false;
}

void Wire::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    if (tail_used_ == tail_.size()) next_tail(bytes.size());
    const std::size_t count = std::min(bytes.size(), tail_.size() - tail_used_);
    std::memcpy(tail_.data() + tail_used_, bytes.data(), count);
    tail_used_ += count;
    bytes = bytes.subspan(count);
  }
}

// Blocks grow with what waits, so that a few bytes do not pin a large block and a full queue has few slices.
void Wire::next_tail(std::size_t wanted) {
  output();
  tail_ = pool_.allocate(std::clamp(std::max(wanted, output_.size()), kSmallestTail, BlockPool::kLarge));
}

}  // namespace konduit::tls
