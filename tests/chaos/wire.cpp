#include "chaos/wire.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

namespace konduit::chaos {

namespace {

constexpr std::size_t kLargestPiece = 64 * 1024;
constexpr std::size_t kLargestHead = 16 * 1024;
constexpr asio::use_awaitable_t<executor> kUse;
constexpr asio::as_tuple_t<asio::use_awaitable_t<executor>> kTuple;

/// Pauses between pieces so that no more than its rate goes through.
class Throttle {
 public:
  Throttle(executor where, Pace pace) : pace_(pace), timer_(where), next_(Clock::now()) {}

  /// How much may go now, of what is left.
  std::size_t piece(std::uint64_t left) const {
    std::uint64_t most = std::min<std::uint64_t>({left, pace_.piece, kLargestPiece});
    // Twenty pieces a second, so that slow is slow and not rare.
    if (pace_.rate != 0) most = std::min(most, std::max<std::uint64_t>(pace_.rate / 20, 1));
    return static_cast<std::size_t>(most);
  }

  awaitable<void> spent(std::size_t size) {
    if (pace_.rate == 0) co_return;
    next_ += std::chrono::nanoseconds(1'000'000'000 * size / pace_.rate);
    timer_.expires_at(next_);
    co_await timer_.async_wait(kUse);
  }

 private:
  Pace pace_;
  Timer timer_;
  TimePoint next_;
};

}  // namespace

Wire::Wire(StreamSocket socket) : socket_(std::move(socket)) {}

awaitable<std::size_t> Wire::read_some(std::span<std::byte> out) {
  if (!pushed_back_.empty()) {
    const std::size_t taken = std::min(out.size(), pushed_back_.size());
    std::memcpy(out.data(), pushed_back_.data(), taken);
    pushed_back_.erase(0, taken);
    co_return taken;
  }
  const std::size_t count = co_await socket_.async_read_some(asio::buffer(out.data(), out.size()), kUse);
  received_ += count;
  moved_at_ = Clock::now();
  co_return count;
}

awaitable<void> Wire::read(std::span<std::byte> out) {
  while (!out.empty()) {
    const std::size_t count = co_await read_some(out);
    out = out.subspan(count);
  }
}

awaitable<void> Wire::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const std::size_t count = co_await socket_.async_write_some(asio::buffer(bytes.data(), bytes.size()), kUse);
    sent_ += count;
    moved_at_ = Clock::now();
    bytes = bytes.subspan(count);
  }
}

awaitable<void> Wire::write_text(std::string text) { co_await write(std::as_bytes(std::span(text))); }

awaitable<std::string> Wire::read_head() {
  constexpr std::string_view kEnd = "\r\n\r\n";
  std::string head;
  std::vector<std::byte> piece(4096);
  for (;;) {
    const std::size_t count = co_await read_some(piece);
    head.append(reinterpret_cast<const char*>(piece.data()), count);
    if (const std::size_t end = head.find(kEnd); end != std::string::npos) {
      pushed_back_ = head.substr(end + kEnd.size());
      head.resize(end);
      co_return head;
    }
    if (head.size() > kLargestHead) throw Corruption("an answer without an end");
  }
}

awaitable<void> Wire::write_pattern(std::uint64_t seed, std::uint64_t size, Pace pace, Checksum* checksum) {
  Throttle throttle(socket_.get_executor(), pace);
  std::vector<std::byte> memory(throttle.piece(size));
  for (std::uint64_t done = 0; done != size;) {
    const std::span<std::byte> piece(memory.data(), throttle.piece(size - done));
    fill_pattern(piece, seed, done);
    if (checksum != nullptr) checksum->add(piece);
    co_await write(piece);
    done += piece.size();
    co_await throttle.spent(piece.size());
  }
}

awaitable<void> Wire::read_pattern(std::uint64_t seed, std::uint64_t size, Pace pace) {
  Throttle throttle(socket_.get_executor(), pace);
  std::vector<std::byte> memory(throttle.piece(size));
  for (std::uint64_t done = 0; done != size;) {
    const std::span<std::byte> piece(memory.data(), throttle.piece(size - done));
    const std::size_t count = co_await read_some(piece);
    if (!is_pattern(piece.first(count), seed, done)) {
      throw Corruption("wrong bytes between " + std::to_string(done) + " and " + std::to_string(done + count) + " of " +
                       std::to_string(size));
    }
    done += count;
    co_await throttle.spent(count);
  }
}

awaitable<std::uint64_t> Wire::read_checksum(std::uint64_t size, Pace pace) {
  Throttle throttle(socket_.get_executor(), pace);
  std::vector<std::byte> memory(throttle.piece(size));
  Checksum checksum;
  for (std::uint64_t done = 0; done != size;) {
    const std::span<std::byte> piece(memory.data(), throttle.piece(size - done));
    const std::size_t count = co_await read_some(piece);
    checksum.add(piece.first(count));
    done += count;
    co_await throttle.spent(count);
  }
  co_return checksum.value();
}

awaitable<void> Wire::read_end() {
  std::byte byte;
  if (!pushed_back_.empty()) throw Corruption("bytes behind the last one");
  const auto [error, count] = co_await socket_.async_read_some(asio::buffer(&byte, 1), kTuple);
  if (!error) throw Corruption("bytes behind the last one");
  if (error != asio::error::eof) throw boost::system::system_error(error);
}

awaitable<bool> Wire::readable_before(Timer& timer, TimePoint until) {
  using namespace asio::experimental::awaitable_operators;
  timer.expires_at(until);
  const auto first = co_await (socket_.async_wait(StreamSocket::wait_read, kTuple) || timer.async_wait(kTuple));
  co_return first.index() == 0;
}

void Wire::half_close() { socket_.shutdown(StreamSocket::shutdown_send); }

void Wire::reset() noexcept {
  boost::system::error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

void Wire::close() noexcept {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace konduit::chaos
