#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "konduit/asio.hpp"

namespace konduit::chaos {

/// What a forwarder does to the bytes of one direction, of all its connections. Applies to what is read from now on.
struct Conditions {
  enum class Tamper { none, lose, repeat, swap };

  Duration delay{};
  Duration jitter{};              ///< Up to so much more, at random; nothing overtakes.
  double loss = 0;                ///< Share of pieces that come as late as a retransmission, and hold up what follows.
  std::uint64_t rate = 0;         ///< Bytes a second; 0: no limit.
  std::size_t piece = 64 * 1024;  ///< Bytes of one write.
  bool stalled = false;           ///< Nothing is read: the sender's window closes.
  Tamper tamper = Tamper::none;   ///< Done once, to the next piece that is large enough.
};

/// When a piece that was read now is to be written.
Duration latency(const Conditions& conditions, std::mt19937_64& random);

/// Loses, repeats or swaps a byte of `piece` if that is asked for and the piece has some; the wish is then fulfilled.
void tamper_with(std::vector<char>& piece, Conditions& conditions);

/// Both directions: `up` leads from who connected to where the forwarder connects.
struct BothWays {
  Conditions up;
  Conditions down;

  /// Carries out one command that concerns conditions, as "delay up 100 20"; README.md lists them. What is wrong with
  /// it, or nothing.
  std::string change(const std::vector<std::string>& words);
};

}  // namespace konduit::chaos
