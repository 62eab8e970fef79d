#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/multiple_exceptions.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <exception>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "chaos/pattern.hpp"
#include "konduit/asio.hpp"

namespace konduit::chaos {

/// TCP or Unix.
using StreamSocket = asio::basic_stream_socket<asio::generic::stream_protocol, executor>;
using Timer = asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, executor>;

/// Something other arrived than was sent.
struct Corruption : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Where both operands of an awaitable's `&&` threw, what the first operand did: a failure of one cancels the other,
/// and Asio keeps the first operand's. So the one that may find wrong bytes stands first.
template <class Value>
awaitable<Value> failure_of(awaitable<Value> both) {
  try {
    co_return co_await std::move(both);
  } catch (const asio::multiple_exceptions& failures) {
    std::rethrow_exception(failures.first_exception());
  }
}

/// How fast one side moves its bytes: by pieces of so many bytes, at most so many bytes a second (0: no limit).
struct Pace {
  std::uint64_t rate = 0;
  std::size_t piece = 64 * 1024;
};

/// A socket in the hands of a test: whole values, patterns, paces. Failures are thrown as boost::system::system_error,
/// an end of stream as asio::error::eof. At most one reader and one writer at a time.
///
/// Thread: the loop's.
class Wire {
 public:
  explicit Wire(StreamSocket socket);

  template <class Value>
  awaitable<Value> read_value() {
    static_assert(std::is_trivially_copyable_v<Value>);
    Value value;
    co_await read(std::as_writable_bytes(std::span(&value, 1)));
    co_return value;
  }
  template <class Value>
  awaitable<void> write_value(Value value) {
    co_await write(std::as_bytes(std::span(&value, 1)));
  }
  awaitable<void> write_text(std::string text);
  /// Up to and with the empty line that ends an HTTP head. What came behind it is read next.
  awaitable<std::string> read_head();

  /// Adds what it writes to `checksum`, where there is one.
  awaitable<void> write_pattern(std::uint64_t seed, std::uint64_t size, Pace pace, Checksum* checksum = nullptr);
  /// Throws Corruption for the first wrong piece.
  awaitable<void> read_pattern(std::uint64_t seed, std::uint64_t size, Pace pace);
  /// The checksum of the next `size` bytes.
  awaitable<std::uint64_t> read_checksum(std::uint64_t size, Pace pace);
  /// Reads until the stream ends, which it must do now.
  awaitable<void> read_end();
  /// Waits until `until`, or until something can be read, be it the end. True in the second case.
  awaitable<bool> readable_before(Timer& timer, TimePoint until);

  void half_close();
  /// What is under way is lost; a peer over TCP gets a RST.
  void reset() noexcept;
  void close() noexcept;

  std::uint64_t sent() const noexcept { return sent_; }
  std::uint64_t received() const noexcept { return received_; }
  /// When a byte moved last.
  TimePoint moved_at() const noexcept { return moved_at_; }
  StreamSocket& socket() noexcept { return socket_; }

 private:
  awaitable<void> read(std::span<std::byte> out);
  awaitable<void> write(std::span<const std::byte> bytes);
  awaitable<std::size_t> read_some(std::span<std::byte> out);

  StreamSocket socket_;
  std::string pushed_back_;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
  TimePoint moved_at_ = Clock::now();
};

}  // namespace konduit::chaos
