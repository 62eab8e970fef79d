// How the ends of a tunnel between two programs reach the other side: nothing is lost, and one direction may end alone.
#include <gtest/gtest.h>

#include <future>
#include <string>

#include "server_and_agents.hpp"

namespace konduit::programs {
namespace {

using test_support::Peer;

constexpr int kRuns = 50;

/// Bytes whose order shows.
std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t at = 0; at < size; ++at) text[at] = static_cast<char>(at * 131 + at / 4096);
  return text;
}

/// Takes little at a time, so that most of what is sent has to wait for it.
std::string read_slowly(Peer& peer) {
  constexpr std::size_t kPiece = 4096;
  std::string all;
  for (std::string piece = peer.read_some(kPiece); !piece.empty(); piece = peer.read_some(kPiece)) all += piece;
  return all;
}

class Endings : public ServerAndAgents {
 protected:
  void SetUp() override { start(); }

  const std::string much_ = pattern(8 * 1024 * 1024);
  const std::string some_ = pattern(256 * 1024);
};

TEST_F(Endings, AClientThatClosesBehindItsLastByteLosesNone) {
  for (int run = 0; run < kRuns; ++run) {
    Tunnel tunnel = open_tunnel();
    const auto sent = std::async(std::launch::async, [this, client = std::move(tunnel.client)]() mutable {
      client.write(much_);
      client.close();
    });
    ASSERT_TRUE(read_slowly(tunnel.target) == much_) << run;
  }
}

TEST_F(Endings, AnEndpointThatClosesBehindItsLastByteLosesNone) {
  for (int run = 0; run < kRuns; ++run) {
    Tunnel tunnel = open_tunnel();
    const auto sent = std::async(std::launch::async, [this, target = std::move(tunnel.target)]() mutable {
      target.write(much_);
      target.close();
    });
    ASSERT_TRUE(read_slowly(tunnel.client) == much_) << run;
  }
}

TEST_F(Endings, AnEndpointMayAnswerAClientThatHasHalfClosed) {
  for (int run = 0; run < kRuns; ++run) {
    Tunnel tunnel = open_tunnel();
    tunnel.client.write("question");
    tunnel.client.half_close();
    ASSERT_EQ(tunnel.target.read_to_end(), "question") << run;
    tunnel.target.write(some_);
    tunnel.target.close();
    ASSERT_TRUE(tunnel.client.read_to_end() == some_) << run;
  }
}

TEST_F(Endings, AClientMayGoOnWhenItsEndpointHasHalfClosed) {
  for (int run = 0; run < kRuns; ++run) {
    Tunnel tunnel = open_tunnel();
    tunnel.target.write("greeting");
    tunnel.target.half_close();
    ASSERT_EQ(tunnel.client.read_to_end(), "greeting") << run;
    tunnel.client.write(some_);
    tunnel.client.close();
    ASSERT_TRUE(tunnel.target.read_to_end() == some_) << run;
  }
}

}  // namespace
}  // namespace konduit::programs
