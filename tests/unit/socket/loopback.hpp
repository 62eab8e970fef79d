#pragma once

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>

#include "konduit/shard.hpp"
#include "konduit/stream.hpp"
#include "socket/file_descriptor.hpp"
#include "socket/socket_stream.hpp"

namespace konduit::socket::test {

/// Turns the shard's loop until `done` says so. False when that took longer than any test may wait.
template <class Predicate>
bool run_until(Shard& shard, Predicate done, Duration limit = std::chrono::seconds(10)) {
  const TimePoint end = Clock::now() + limit;
  for (;;) {
    shard.run_ready();
    if (done()) return true;
    if (Clock::now() >= end) return false;
    shard.context().restart();
    shard.context().run_one_for(std::chrono::milliseconds(20));
  }
}

inline void set_blocking(int descriptor) {
  // The plain end of a pair belongs to the test's thread, which may wait for what is sure to come.
  const timeval limit{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

/// Two connected sockets: the first non-blocking, for a stream; the second plain.
using Ends = std::pair<FileDescriptor, FileDescriptor>;

inline Ends local_ends() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw std::runtime_error("socketpair");
  set_blocking(ends[1]);
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

/// A listening socket on a free port of 127.0.0.1, and that port.
inline std::pair<FileDescriptor, sockaddr_in> tcp_listener(int backlog = 16) {
  FileDescriptor listening(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listening.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listening.get(), backlog) != 0 ||
      ::getsockname(listening.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("listen");
  }
  return {std::move(listening), address};
}

inline FileDescriptor tcp_connect(const sockaddr_in& address) {
  FileDescriptor connected(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(connected.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("connect");
  }
  const int on = 1;
  ::setsockopt(connected.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  set_blocking(connected.get());
  return connected;
}

inline Ends tcp_ends() {
  const auto [listening, address] = tcp_listener();
  FileDescriptor plain = tcp_connect(address);
  FileDescriptor accepted(::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC));
  return {std::move(accepted), std::move(plain)};
}

inline Ends ends_of(Family family) { return family == Family::tcp ? tcp_ends() : local_ends(); }

/// All that the plain end can read until the end of stream; `error` gets errno if something else ended it.
inline std::string read_all(int descriptor, int* error = nullptr) {
  std::string all;
  char piece[65536];
  for (;;) {
    const ssize_t got = ::recv(descriptor, piece, sizeof piece, 0);
    if (got > 0) {
      all.append(piece, static_cast<std::size_t>(got));
      continue;
    }
    if (error) *error = got < 0 ? errno : 0;
    return all;
  }
}

inline bool send_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

/// Descriptors that this process has open.
inline std::size_t open_descriptors() {
  std::size_t count = 0;
  DIR* folder = ::opendir("/proc/self/fd");
  while (::readdir(folder)) ++count;
  ::closedir(folder);
  return count;
}

/// Notes what a stream says.
struct Notes final : Stream::Observer {
  void on_readable() override { ++readable; }
  void on_writable() override { ++writable; }
  void on_closed(error_code code) override {
    ++closed;
    reason = code;
  }

  int readable = 0;
  int writable = 0;
  int closed = 0;
  error_code reason;
};

/// A stream under test with its peer.
struct Rig {
  explicit Rig(Family family) : Rig(ends_of(family), family) {}
  Rig(Ends ends, Family family) : peer(std::move(ends.second)) {
    error_code failure;
    stream = SocketStream::make(shard, std::move(ends.first), family, failure);
    if (!stream) throw std::runtime_error(failure.message());
    stream->observe(&notes);
  }

  /// Reads what there is, waiting for it, until an error other than would_block or `limit` bytes.
  std::string read(error_code& end, std::size_t limit = static_cast<std::size_t>(-1)) {
    std::string all;
    while (all.size() < limit) {
      BufferQueue queue;
      const auto got = stream->try_read(queue, ReadShape{});
      if (got.has_value()) {
        while (queue.count() > 0) all += queue.pop_front().text();
        continue;
      }
      end = got.error();
      if (!would_block(end)) break;
      const int before = notes.readable;
      if (!run_until(shard, [&] { return notes.readable > before; })) break;
    }
    return all;
  }

  /// Writes all of `text`, waiting where it must; the peer has to read meanwhile or the system has to have room.
  bool write(std::string_view text) {
    BufferQueue queue;
    queue.push_back(shard.pool().copy(text));
    while (!queue.empty()) {
      const int before = notes.writable;
      const auto taken = stream->try_write(queue);
      if (taken.has_error() && !would_block(taken.error())) return false;
      if (!queue.empty() && !run_until(shard, [&] { return notes.writable > before; })) return false;
    }
    return true;
  }

  Shard shard;
  Notes notes;
  std::unique_ptr<SocketStream> stream;
  FileDescriptor peer;
};

}  // namespace konduit::socket::test
