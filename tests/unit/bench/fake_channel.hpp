#pragma once

#include <sys/epoll.h>

#include <algorithm>
#include <string>

#include "bench/channel.hpp"

namespace konduit::bench {

/// Takes so many bytes, and hands out what it is given.
class FakeChannel final : public Channel {
 public:
  bool establish() override { return true; }
  std::uint32_t wanted() const override { return EPOLLOUT; }

  std::size_t read(std::span<char> into) override {
    const std::size_t n = incoming.copy(into.data(), into.size());
    incoming.erase(0, n);
    return n;
  }

  std::size_t write(std::span<const iovec> pieces) override {
    std::size_t all = 0;
    for (const iovec& piece : pieces) {
      const std::size_t n = std::min(piece.iov_len, room);
      written.append(static_cast<const char*>(piece.iov_base), n);
      room -= n;
      all += n;
    }
    return all;
  }

  const Socket& socket() const override { return socket_; }

  std::string incoming;
  std::string written;
  std::size_t room = SIZE_MAX;

 private:
  Socket socket_;
};

}  // namespace konduit::bench
