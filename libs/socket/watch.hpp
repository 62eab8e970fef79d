#pragma once

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

#include "socket/file_descriptor.hpp"
#include "socket/handler_memory.hpp"

#include "konduit/asio.hpp"
#include "konduit/result.hpp"

namespace konduit::socket {

class Watch;
using WatchPtr = boost::intrusive_ptr<Watch>;

/// A descriptor on a shard's loop: it tells its owner, once for every arm(), that the descriptor became ready.
///
/// Arming asks the system anew (Asio modifies the epoll entry), so what became ready before is told as well: no edge is
/// lost by not reading until EAGAIN. Notices may be spurious (one that was on its way to a descriptor closed in the
/// same turn can reach its successor): owners look again before they believe one.
///
/// It counts its references because the loop holds one for every wait under way. Waiting takes memory that an earlier
/// wait of the shard has given back: nothing is allocated once the loop is warm.
///
/// Thread: the shard's.
class Watch {
 public:
  /// `notice` is not a wait: told once, from the loop, for every notify().
  enum Event : std::uint8_t { read, write, error, notice };

  class Owner {
   public:
    /// May destroy the owner.
    virtual void on_event(Event event) = 0;

   protected:
    ~Owner() = default;
  };

  /// Takes the descriptor over and makes it non-blocking. Null, and the reason in `failure`, if the loop cannot watch
  /// it; it is closed then.
  static WatchPtr make(asio::io_context& context, FileDescriptor descriptor, Owner& owner, error_code& failure);
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  int descriptor() noexcept { return descriptor_.native_handle(); }
  bool open() const noexcept { return descriptor_.is_open(); }

  /// Does nothing if the event is armed already. REQUIRES: open().
  void arm(Event event);
  bool armed(Event event) const noexcept { return armed_[event]; }
  /// Calls on_event(notice) from the loop. Once until it has come.
  void notify();

  /// The owner goes: it hears nothing any more, and the descriptor is closed unless it was released. Every owner must,
  /// since a wait under way keeps the watch alive.
  void detach() noexcept {
    owner_ = nullptr;
    release();
  }

  /// Takes the descriptor off the loop; no wait is told any more.
  FileDescriptor release() noexcept;

 private:
  struct Handler;
  friend void intrusive_ptr_add_ref(Watch* watch) noexcept { ++watch->references_; }
  friend void intrusive_ptr_release(Watch* watch) noexcept {
    if (--watch->references_ == 0) delete watch;
  }

  Watch(asio::io_context& context, Owner& owner)
      : owner_(&owner), memory_(asio::use_service<HandlerMemory>(context)), descriptor_(context) {}
  ~Watch() = default;

  std::uint32_t references_ = 0;
  std::array<bool, 4> armed_{};
  Owner* owner_;
  HandlerMemory& memory_;
  asio::posix::basic_stream_descriptor<executor> descriptor_;
};

}  // namespace konduit::socket
