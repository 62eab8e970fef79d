#include "socket/socket_stream.hpp"

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "socket/errors.hpp"
#include "socket/lingerer.hpp"
#include "socket/options.hpp"

namespace konduit::socket {

namespace {

constexpr std::size_t kVectors = 64;

struct Sent {
  std::size_t bytes = 0;
  std::size_t offered = 0;
  int error = 0;
};

Sent send_front(int descriptor, const BufferQueue& from) noexcept {
  std::array<iovec, kVectors> vectors;
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = from.gather(vectors);
  Sent sent;
  for (std::size_t i = 0; i < message.msg_iovlen; ++i) sent.offered += vectors[i].iov_len;
  ssize_t taken;
  do {
    taken = ::sendmsg(descriptor, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (taken < 0 && errno == EINTR);
  if (taken < 0) {
    sent.error = errno;
  } else {
    sent.bytes = static_cast<std::size_t>(taken);
  }
  return sent;
}

void drop_urgent_byte(int descriptor) noexcept {
  char byte;
  (void)::recv(descriptor, &byte, 1, MSG_OOB | MSG_DONTWAIT);
}

}  // namespace

std::unique_ptr<SocketStream> SocketStream::make(Shard& shard, FileDescriptor descriptor, Family family,
                                                 error_code& failure) {
  std::unique_ptr<SocketStream> stream(new SocketStream(shard, family));
  stream->watch_ = Watch::make(shard.context(), std::move(descriptor), *stream, failure);
  if (!stream->watch_) {
    stream->closed_ = true;
    return nullptr;
  }
  // Armed for good: this is how the end of the connection is learnt while nobody reads.
  stream->watch_->arm(Watch::error);
  return stream;
}

StreamPtr make_stream(Shard& shard, FileDescriptor descriptor, Family family, error_code& failure) {
  return SocketStream::make(shard, std::move(descriptor), family, failure);
}

SocketStream::~SocketStream() {
  if (!closed_) reset(ResetReason::cancelled);
  if (watch_) watch_->detach();
}

void SocketStream::observe(Observer* observer) {
  observer_ = observer;
  if (observer_ && tell_closed_ && watch_) watch_->notify();
}

Result<std::size_t> SocketStream::try_read(BufferQueue& into, const ReadShape& shape) {
  if (closed_) return error_code(StreamErrc::closed);
  if (read_end_) return read_end_;
  if (!watch_->armed(Watch::read) && !std::exchange(drained_, false)) {
    const Received received = receive(watch_->descriptor(), shard_.pool(), into, shape, read_size_);
    if (received.bytes > 0) {
      drained_ = received.drained;
      return received.bytes;
    }
    if (received.error == 0) {
      // An error that SO_ERROR has already told is not told a second time: the end would look like an orderly one. That
      // nothing can be written any more says nothing of what the peer had sent: its end stands behind it.
      const bool cut = failure_ && failure_ != StreamErrc::hangup;
      return read_end_ = cut ? failure_ : make_error_code(StreamErrc::end_of_stream);
    }
    if (received.error != EAGAIN) return read_end_ = fail(received.error);
  }
  watch_->arm(Watch::read);
  return error_code(StreamErrc::would_block);
}

Result<std::size_t> SocketStream::try_write(BufferQueue& from) {
  if (closed_ || half_closed_) return error_code(StreamErrc::closed);
  if (failure_) return failure_;
  if (watch_->armed(Watch::write)) return error_code(StreamErrc::would_block);
  std::size_t taken = 0;
  while (!from.empty()) {
    const Sent sent = send_front(watch_->descriptor(), from);
    if (sent.error != 0 && sent.error != EAGAIN) {
      const error_code broken = fail(sent.error);
      if (taken == 0) return broken;
    }
    from.consume(sent.bytes);
    taken_ += sent.bytes;
    taken += sent.bytes;
    if (sent.bytes < sent.offered) {
      watch_->arm(Watch::write);
      if (taken == 0) return error_code(StreamErrc::would_block);
      break;
    }
  }
  return taken;
}

bool SocketStream::half_close() {
  if (!closed_ && !std::exchange(half_closed_, true)) ::shutdown(watch_->descriptor(), SHUT_WR);
  return true;
}

void SocketStream::close() {
  if (std::exchange(closed_, true)) return;
  const bool peer_may_send = !read_end_ && !failure_ && !hung_up_;
  FileDescriptor descriptor = watch_->release();
  if (peer_may_send) {
    if (!half_closed_) ::shutdown(descriptor.get(), SHUT_WR);
    Lingerer::of(shard_).take(std::move(descriptor), family_ == Family::local);
  }
  if (told_closed_) return;
  tell_closed_ = true;
  failure_ = {};
  hung_up_ = false;
  watch_->notify();
}

void SocketStream::reset(ResetReason) {
  told_closed_ = true;
  if (std::exchange(closed_, true)) return;
  if (family_ == Family::tcp) set_abortive_close(watch_->descriptor());
  watch_->release();
}

std::optional<std::size_t> SocketStream::unread_by_peer() const {
  if (closed_ || family_ != Family::local) return std::nullopt;
  int bytes = 0;
  if (::ioctl(watch_->descriptor(), SIOCOUTQ, &bytes) != 0) return std::nullopt;
  return static_cast<std::size_t>(bytes);
}

/// A Unix socket's bytes are in the peer's queue as soon as they are taken.
std::optional<Delivery> SocketStream::delivery() const {
  if (closed_) return std::nullopt;
  if (family_ == Family::local) return Delivery{taken_, taken_};
  int bytes = 0;
  if (::ioctl(watch_->descriptor(), SIOCOUTQ, &bytes) != 0) return std::nullopt;
  return Delivery{taken_, taken_ - std::min<std::uint64_t>(taken_, static_cast<std::uint64_t>(bytes))};
}

void SocketStream::on_event(Watch::Event event) {
  switch (event) {
    case Watch::read:
      if (observer_) observer_->on_readable();
      break;
    case Watch::write:
      if (observer_) observer_->on_writable();
      break;
    case Watch::error: look_for_hangup(); break;
    case Watch::notice:
      if (tell_closed_) report_closed();
      break;
  }
}

/// The error wait also ends for urgent data, and now and then for nothing.
void SocketStream::look_for_hangup() {
  pollfd now{.fd = watch_->descriptor(), .events = POLLPRI, .revents = 0};
  ::poll(&now, 1, 0);
  if (now.revents & POLLERR) {
    if (const int number = take_socket_error(now.fd); number != 0) fail(number);
  }
  if (now.revents & (POLLERR | POLLHUP)) {
    // Both ends have said their end of stream: nothing was cut off and nobody wants to write.
    if (half_closed_ && !failure_) return;
    hung_up_ = true;
    report_closed();
    return;
  }
  // Out of the line of bytes there is no place for it in a tunnel; untaken it would end the next wait at once.
  if (now.revents & POLLPRI) drop_urgent_byte(now.fd);
  watch_->arm(Watch::error);
}

void SocketStream::report_closed() {
  if (told_closed_) return;
  tell_closed_ = observer_ == nullptr;
  if (!observer_) return;
  told_closed_ = true;
  observer_->on_closed(failure_ ? failure_ : hung_up_ ? make_error_code(StreamErrc::hangup) : error_code());
}

error_code SocketStream::fail(int number) {
  const error_code code = stream_error(number);
  if (!failure_) failure_ = code;
  return code;
}

}  // namespace konduit::socket
