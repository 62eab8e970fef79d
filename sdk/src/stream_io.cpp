#include "konduit/stream_io.hpp"

#include <boost/intrusive/list.hpp>

#include "detail/waiter.hpp"
#include "konduit/shard.hpp"

namespace konduit {

/// The coroutines that wait on each side. Those that are woken by the end of this object do not touch it any more.
struct StreamIo::Impl {
  using Waiters = boost::intrusive::list<Waiter, boost::intrusive::base_hook<WaiterListHook>,
                                         boost::intrusive::constant_time_size<false>>;

  Impl(Shard& s, Stream& inner) : shard(s), stream(inner) {}

  awaitable<Wake> wait(Waiters& side, TimePoint deadline) {
    Waiter waiter(shard.deadlines());
    side.push_back(waiter);
    co_return co_await waiter.wait(deadline);
  }

  static void wake(Waiters& side, Wake reason = Wake::ready) {
    while (!side.empty()) side.front().wake(reason);
  }

  Shard& shard;
  Stream& stream;
  Waiters readers;
  Waiters writers;
  Waiters closers;
  bool closed = false;
  error_code reason;
};

StreamIo::StreamIo(Shard& shard, Stream& stream) : impl_(std::make_unique<Impl>(shard, stream)) {
  stream.observe(this);
}

StreamIo::~StreamIo() {
  impl_->stream.observe(nullptr);
  for (auto* side : {&impl_->readers, &impl_->writers, &impl_->closers}) Impl::wake(*side, Wake::cancelled);
}

// A cancellation that comes between a wake-up and the coroutine it wakes is not told to the next wait: both loops ask.
awaitable<Result<std::size_t>> StreamIo::read_some(BufferQueue& into, TimePoint deadline, ReadShape shape) {
  for (;;) {
    if (co_await cancellation_requested()) co_return wake_error(Wake::cancelled);
    auto read = impl_->stream.try_read(into, shape);
    if (read || !would_block(read.error())) co_return read;
    const Wake wake = co_await impl_->wait(impl_->readers, deadline);
    if (wake != Wake::ready) co_return wake_error(wake);
  }
}

awaitable<Result<void>> StreamIo::write_all(BufferQueue& from, TimePoint deadline) {
  for (;;) {
    if (co_await cancellation_requested()) co_return wake_error(Wake::cancelled);
    auto written = impl_->stream.try_write(from);
    if (!written && !would_block(written.error())) co_return written.error();
    if (from.empty()) co_return Result<void>();
    const Wake wake = co_await impl_->wait(impl_->writers, deadline);
    if (wake != Wake::ready) co_return wake_error(wake);
  }
}

awaitable<error_code> StreamIo::drop_rest(std::size_t most, TimePoint deadline) {
  BufferQueue rest;
  for (std::size_t dropped = 0; dropped < most;) {
    const auto count = co_await read_some(rest, deadline);
    if (!count) co_return count.error();
    dropped += *count;
    rest.clear();
  }
  co_return error_code();
}

awaitable<error_code> StreamIo::closed(TimePoint deadline) {
  if (co_await cancellation_requested()) co_return wake_error(Wake::cancelled);
  if (!impl_->closed) {
    const Wake wake = co_await impl_->wait(impl_->closers, deadline);
    if (wake != Wake::ready) co_return wake_error(wake);
  }
  co_return impl_->reason;
}

void StreamIo::on_readable() { Impl::wake(impl_->readers); }

void StreamIo::on_writable() { Impl::wake(impl_->writers); }

void StreamIo::on_closed(error_code reason) {
  impl_->closed = true;
  impl_->reason = reason;
  Impl::wake(impl_->closers);
  // Whoever waits to write learns from the next try_write() why it cannot.
  Impl::wake(impl_->writers);
}

}  // namespace konduit
