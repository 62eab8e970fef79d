#pragma once

#include "chaos/forwarder/conditions.hpp"
#include "chaos/wire.hpp"

namespace konduit::chaos {

/// One connection that is forwarded. Thread: the loop's. `conditions` outlive it.
class Link {
 public:
  enum class Side { accepted, connected };

  Link(TcpSocket accepted, BothWays& conditions, std::uint64_t seed);

  /// Connects to `target` and forwards until both directions have ended or one has failed; then nothing is left open.
  awaitable<void> run(asio::ip::tcp::endpoint target);

  /// Both sides get a RST.
  void cut() noexcept;
  /// `kept` stays open, and hears nothing any more; the other side gets a RST.
  void half_open(Side kept) noexcept;

 private:
  awaitable<void> forward(asio::ip::tcp::endpoint target);
  awaitable<void> stay_silent(TcpSocket& socket);

  TcpSocket accepted_;
  TcpSocket connected_;
  BothWays& conditions_;
  const std::uint64_t seed_;
  TcpSocket* kept_ = nullptr;
};

}  // namespace konduit::chaos
