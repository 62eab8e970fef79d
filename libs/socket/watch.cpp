#include "socket/watch.hpp"

#include <boost/asio/post.hpp>

namespace konduit::socket {

struct Watch::Handler {
  using allocator_type = HandlerAllocator<>;
  allocator_type get_allocator() const noexcept { return allocator_type(watch->memory_); }

  void operator()(error_code failure = {}) {
    // A wait that was cancelled by release() says nothing, nor does one that succeeded just before it.
    watch->armed_[event] = false;
    if (failure || !watch->owner_ || (event != Watch::notice && !watch->open())) return;
    watch->owner_->on_event(event);
  }

  WatchPtr watch;
  Event event;
};

WatchPtr Watch::make(asio::io_context& context, FileDescriptor descriptor, Owner& owner, error_code& failure) {
  WatchPtr watch(new Watch(context, owner));
  watch->descriptor_.assign(descriptor.get(), failure);
  if (failure) return nullptr;
  descriptor.release();
  watch->descriptor_.native_non_blocking(true, failure);
  if (failure) return nullptr;
  return watch;
}

void Watch::arm(Event event) {
  using Descriptor = asio::posix::descriptor_base;
  if (armed_[event]) return;
  armed_[event] = true;
  const auto wait = event == read    ? Descriptor::wait_read
                    : event == write ? Descriptor::wait_write
                                     : Descriptor::wait_error;
  descriptor_.async_wait(wait, Handler{this, event});
}

void Watch::notify() {
  if (armed_[notice]) return;
  armed_[notice] = true;
  asio::post(descriptor_.get_executor(), Handler{this, notice});
}

FileDescriptor Watch::release() noexcept {
  if (!descriptor_.is_open()) return {};
  return FileDescriptor(descriptor_.release());
}

}  // namespace konduit::socket
