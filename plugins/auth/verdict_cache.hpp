#pragma once

#include <cstddef>
#include <list>
#include <unordered_map>

#include "auth/token_digest.hpp"
#include "konduit/asio.hpp"
#include "konduit/authenticator.hpp"

namespace konduit::auth {

/// Who a token's bearer is, or why not.
using Verdict = boost::system::result<Identity, Refusal>;

/// What was found out about tokens, each for a time of its own. Bounded: the oldest goes first.
class VerdictCache {
 public:
  explicit VerdictCache(std::size_t most) : most_(most) {}

  /// Null if nothing is known, or not any more.
  const Verdict* find(const TokenDigest& digest, TimePoint now);
  void put(const TokenDigest& digest, Verdict verdict, TimePoint until);
  std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    TokenDigest digest;
    Verdict verdict;
    TimePoint until;
  };
  using Entries = std::list<Entry>;

  void drop(Entries::iterator entry);

  std::size_t most_;
  Entries entries_;  // oldest first
  std::unordered_map<TokenDigest, Entries::iterator, TokenDigestHash> index_;
};

}  // namespace konduit::auth
