#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace konduit::bench {

/// Who uses a tunnel. May not destroy it in any of these calls.
class TunnelUser {
 public:
  virtual void on_open() = 0;
  /// Valid during the call.
  virtual void on_bytes(std::span<const char> bytes) = 0;
  /// While keep_writable(true): there may be room.
  virtual void on_writable() {}
  /// After close() said false.
  virtual void on_closed() {}

 protected:
  ~TunnelUser() = default;
};

/// A connection to the endpoint, whichever way it goes. That it breaks, or is refused, ends the measuring: whatever
/// drives it throws std::runtime_error.
class Tunnel {
 public:
  virtual ~Tunnel() = default;

  /// Begins to open it; on_open() follows, perhaps from in here.
  virtual void start() = 0;

  /// Takes some of the bytes and answers how many. They are sent from where they lie: they stay as they are until the
  /// tunnel is destroyed.
  virtual std::size_t write(std::span<const char> bytes) = 0;

  /// on_writable() is called again and again while there is room.
  virtual void keep_writable(bool keep) = 0;

  /// Ends it. True: it is over, and may be destroyed; false: on_closed() follows.
  virtual bool close() = 0;
};

using TunnelPtr = std::unique_ptr<Tunnel>;

}  // namespace konduit::bench
