#pragma once

#include <memory>
#include <string>

#include "channel.hpp"
#include "loop.hpp"
#include "tunnel.hpp"

namespace konduit::bench {

/// A tunnel that has a connection to itself: HTTP CONNECT, or what needs no words.
class SocketTunnel final : public Tunnel {
 public:
  /// `request`: a CONNECT request; empty: the tunnel is open once the connection is. The loop and the user outlive it.
  SocketTunnel(Loop& loop, std::unique_ptr<Channel> channel, std::string request, TunnelUser& user);
  ~SocketTunnel() override;

  void start() override;
  std::size_t write(std::span<const char> bytes) override;
  void keep_writable(bool keep) override;
  bool close() override;

 private:
  class Line;

  Loop& loop_;
  std::unique_ptr<Line> line_;
};

}  // namespace konduit::bench
