#include "auth/verdict_cache.hpp"

#include <utility>

namespace konduit::auth {

const Verdict* VerdictCache::find(const TokenDigest& digest, TimePoint now) {
  const auto found = index_.find(digest);
  if (found == index_.end()) return nullptr;
  if (found->second->until > now) return &found->second->verdict;
  drop(found->second);
  return nullptr;
}

void VerdictCache::put(const TokenDigest& digest, Verdict verdict, TimePoint until) {
  if (const auto known = index_.find(digest); known != index_.end()) drop(known->second);
  while (!entries_.empty() && entries_.size() >= most_) drop(entries_.begin());
  entries_.push_back({digest, std::move(verdict), until});
  index_.emplace(digest, std::prev(entries_.end()));
}

void VerdictCache::drop(Entries::iterator entry) {
  index_.erase(entry->digest);
  entries_.erase(entry);
}

}  // namespace konduit::auth
