#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <unordered_map>

#include "auth/token_digest.hpp"
#include "konduit/peer.hpp"

namespace konduit::auth {

/// Whose tokens wait in one line: the host that they come from, and of IPv6 its network, since whoever has one address
/// of a /64 has them all. A key and no text.
std::string line_of(const Peer& peer);

/// Tokens that wait for their review. Each client has a line of its own, and the lines take turns: whoever shows tokens
/// without end keeps others waiting for one of them, and not for all.
class ReviewQueue {
 public:
  void push(const std::string& line, const TokenDigest& token);
  /// The next one. REQUIRES: !empty().
  TokenDigest pop();
  bool empty() const noexcept { return turns_.empty(); }

 private:
  using Lines = std::unordered_map<std::string, std::deque<TokenDigest>>;

  Lines lines_;  // none of them empty
  std::deque<Lines::value_type*> turns_;
};

}  // namespace konduit::auth
