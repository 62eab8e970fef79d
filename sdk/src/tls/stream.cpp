#include "tls/stream.hpp"

#include <algorithm>

#include "tls/errors.hpp"

namespace konduit::tls {
namespace {

// Slices below this are gathered into one record; larger ones are encrypted where they lie.
constexpr std::size_t kSmallSlice = 4 * 1024;
constexpr std::size_t kRecordPayload = 16 * 1024;
// What is read and not longer than this gets a block of its own size: it may wait long in somebody's queue.
constexpr std::size_t kRemnant = 1024;
// OpenSSL goes on from record to record until one has plain bytes, and would for as long as a peer sends others. In one
// turn it gets 128 of them (header and body each); whoever sends 32 turns' worth without a plain byte is given up.
constexpr unsigned kReadsAtOnce = 256;
constexpr unsigned kMostFruitless = 32;
// The same for what costs most, messages of the handshake after its end: each key update derives keys. An honest peer
// sends some in a connection's life; a message is two or three steps.
constexpr unsigned kMostSteps = 128;
constexpr std::size_t kPlainForSteps = 16 * 1024;

int steps_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

void count_step(const SSL* ssl, int where, int) noexcept {
  if ((where & SSL_CB_LOOP) != 0) ++*static_cast<unsigned*>(SSL_get_ex_data(ssl, steps_index()));
}

}  // namespace

TlsStream::TlsStream(Shard& shard, StreamPtr inner, SslHandle ssl, std::unique_ptr<Wire> wire)
    : shard_(shard),
      inner_(std::move(inner)),
      wire_(std::move(wire)),
      ssl_(std::move(ssl)),
      buffers_(shard, ssl_.get()),
      wakeup_(shard, *this) {
  SSL_set_ex_data(ssl_.get(), steps_index(), &steps_);
  SSL_set_info_callback(ssl_.get(), count_step);
  wire_->allow(kReadsAtOnce);
  wire_->attach(*inner_);
  inner_->observe(this);
}

TlsStream::~TlsStream() { inner_->observe(nullptr); }

void TlsStream::observe(Stream::Observer* observer) {
  observer_ = observer;
  if (observer_ && closed_reason_ && !told_closed_) wakeup_.post();
}

std::optional<std::size_t> TlsStream::unread_by_peer() const {
  const auto below = inner_->unread_by_peer();
  if (!below) return std::nullopt;
  return *below + wire_->pending();
}

std::optional<Delivery> TlsStream::delivery() const {
  auto progress = inner_->delivery();
  if (progress) progress->taken += wire_->pending();
  return progress;
}

Result<std::size_t> TlsStream::try_read(BufferQueue& into, const ReadShape& shape) {
  if (read_end_) return read_end_;
  const std::size_t before = into.size();
  error_code outcome;
  while (!outcome && into.size() - before < shape.limit) {
    outcome = read_slice(into, shape, shape.limit - (into.size() - before));
  }
  // Reading may have answered: a key update, an alert.
  if (wire_->pending() > 0) send_soon();
  if (outcome && !would_block(outcome)) read_end_ = outcome;
  if (const std::size_t count = into.size() - before; count > 0) return count;
  wants_read_ = would_block(outcome);
  if (wants_read_ && wire_->held_back()) wakeup_.post();
  return outcome;
}

error_code TlsStream::read_slice(BufferQueue& into, const ReadShape& shape, std::size_t room) {
  const std::size_t payload = std::min<std::size_t>(room, std::max<std::uint32_t>(shape.payload, 1));
  Buffer slice = shard_.pool().allocate(payload, shape.headroom);
  std::size_t used = 0;
  error_code outcome;
  while (!outcome && used < payload) {
    // OpenSSL takes a thousand instructions to find out that it wants more.
    if (SSL_has_pending(ssl_.get()) == 0 && wire_->dry()) {
      outcome = StreamErrc::would_block;
      break;
    }
    std::size_t count = 0;
    forget_errors();
    const int result = SSL_read_ex(ssl_.get(), slice.data() + used, payload - used, &count);
    if (result == 1) {
      buffers_.used();
      used += count;
      note_plain(count);
    } else {
      outcome = read_outcome(SSL_get_error(ssl_.get(), result));
    }
    if (abused()) outcome = give_up();
  }
  if (used == 0) return outcome;
  slice.truncate(used);
  into.push_back(used <= kRemnant ? shard_.pool().copy(std::as_const(slice).bytes(), shape.headroom)
                                  : std::move(slice));
  return outcome;
}

void TlsStream::note_plain(std::size_t count) {
  fruitless_ = 0;
  plain_ += count;
  if (plain_ < kPlainForSteps) return;
  plain_ = 0;
  steps_ = 0;
}

/// What the peer makes this end answer waits in the wire, and counts too.
bool TlsStream::abused() const {
  return fruitless_ > kMostFruitless || steps_ > kMostSteps || wire_->pending() > 2 * kHighWater;
}

error_code TlsStream::give_up() {
  wire_->drop_output();
  write_end_ = StreamErrc::reset;
  return StreamErrc::protocol;
}

error_code TlsStream::read_outcome(int error) {
  switch (error) {
    case SSL_ERROR_ZERO_RETURN:
      goodbye_heard_ = true;
      send_soon();
      return StreamErrc::end_of_stream;
    case SSL_ERROR_WANT_READ:
      if (wire_->held_back()) ++fruitless_;
      return StreamErrc::would_block;
    case SSL_ERROR_SYSCALL:
      if (!wire_->input_error()) return StreamErrc::reset;
      if (!end_of_stream(wire_->input_error())) return wire_->input_error();
      // Without close_notify anybody on the path could have cut the stream (RFC 8446, 6.1). Many peers do not answer
      // our own close_notify, and then nothing is missing.
      return goodbye_said_ ? StreamErrc::end_of_stream : StreamErrc::reset;
    default: {
      const error_code reason = take_error_code();
      write_end_ = StreamErrc::reset;
      return reason;
    }
  }
}

Result<std::size_t> TlsStream::try_write(BufferQueue& from) {
  if (write_end_) return write_end_;
  if (from.empty()) return std::size_t{0};
  std::size_t taken = 0;
  while (!from.empty() && wire_->pending() < kHighWater) {
    const std::size_t count = write_record(from);
    if (count == 0) break;
    from.consume(count);
    taken += count;
  }
  if (taken > 0) send_soon();
  if (write_end_) return write_end_;
  // What an earlier call was promised holds, whatever this one took.
  wants_write_ = wants_write_ || !from.empty();
  if (taken == 0) return StreamErrc::would_block;
  return taken;
}

std::size_t TlsStream::write_record(BufferQueue& from) {
  while (from.front().empty()) from.pop_front();
  Buffer scratch;
  std::span<const std::byte> bytes = std::as_const(from.front()).bytes();
  if (bytes.size() < kSmallSlice && from.count() > 1) {
    scratch = shard_.pool().allocate(kRecordPayload);
    bytes = scratch.bytes().first(from.peek(scratch.bytes()));
  }
  std::size_t count = 0;
  forget_errors();
  if (SSL_write_ex(ssl_.get(), bytes.data(), std::min(bytes.size(), kRecordPayload), &count) == 1) {
    buffers_.used();
    return count;
  }
  // The wire takes everything, so only a session that an alert has ended refuses.
  forget_errors();
  write_end_ = StreamErrc::reset;
  return 0;
}

void TlsStream::say_goodbye() {
  if (goodbye_said_ || closed_reason_) return;
  goodbye_said_ = true;
  forget_errors();
  if (SSL_shutdown(ssl_.get()) < 0) forget_errors();
}

bool TlsStream::half_close() {
  say_goodbye();
  if (!write_end_) write_end_ = StreamErrc::closed;
  wants_write_ = false;
  send_soon();
  return true;
}

void TlsStream::close() {
  if (closing_) return;
  half_close();
  closing_ = true;
  wants_read_ = false;
  read_end_ = StreamErrc::closed;
}

void TlsStream::reset(ResetReason reason) {
  wire_->drop_output();
  read_end_ = StreamErrc::closed;
  write_end_ = StreamErrc::closed;
  wants_read_ = wants_write_ = false;
  closing_ = told_closed_ = inner_closing_ = true;
  inner_->reset(reason);
}

void TlsStream::send_soon() { shard_.mark_dirty(*this); }

bool TlsStream::send() {
  if (inner_blocked_ || wire_->pending() == 0) return true;
  BufferQueue& output = wire_->output();
  const auto sent = inner_->try_write(output);
  if (!sent && !would_block(sent.error())) {
    tell_closed(sent.error());
    return false;
  }
  inner_blocked_ = !output.empty();
  return true;
}

// What may follow once everything is sent: the stream below ends when both sides have said goodbye, or at close().
void TlsStream::proceed_to_end() {
  if (wire_->pending() > 0 || inner_closing_) return;
  if (closing_) {
    inner_closing_ = true;
    inner_->close();
  } else if (goodbye_said_ && goodbye_heard_ && !inner_half_closed_) {
    inner_half_closed_ = true;
    inner_->half_close();
  }
}

void TlsStream::flush() {
  if (closed_reason_ || told_closed_) return;
  // Those that are flushed in this turn as well may have more to send: they go first, and it leaves together.
  lets_others_first_ = !lets_others_first_;
  if (lets_others_first_) return send_soon();
  if (!send()) return;
  proceed_to_end();
  // The queue went down without ever blocking: no on_writable() will come from below. Not called from here, or a fast
  // pair of streams would keep this turn for itself.
  if (wants_write_ && wire_->pending() <= kLowWater) wakeup_.post();
}

void TlsStream::on_wakeup() {
  if (closed_reason_ && !told_closed_) {
    if (observer_) {
      told_closed_ = true;
      observer_->on_closed(*closed_reason_);
    }
    return;
  }
  const bool writable = wants_write_ && wire_->pending() <= kLowWater;
  if (wants_read_ && wire_->held_back()) {
    if (writable) wakeup_.post();  // one callback at a time: each may destroy this object
    return on_readable();
  }
  if (!writable) return;
  wants_write_ = false;
  if (observer_) observer_->on_writable();
}

void TlsStream::on_readable() {
  wire_->resume_input();
  wire_->allow(kReadsAtOnce);
  if (!wants_read_) return;
  wants_read_ = false;
  if (observer_) observer_->on_readable();
}

void TlsStream::on_writable() {
  inner_blocked_ = false;
  if (closed_reason_ || told_closed_ || !send()) return;
  proceed_to_end();
  on_wakeup();
}

void TlsStream::on_closed(error_code reason) { tell_closed(reason); }

void TlsStream::tell_closed(error_code reason) {
  if (closed_reason_ || told_closed_) return;
  closed_reason_ = reason;
  wire_->drop_output();
  wants_write_ = false;
  if (!write_end_ || !closing_) write_end_ = reason ? reason : error_code(StreamErrc::closed);
  on_wakeup();
}

}  // namespace konduit::tls
