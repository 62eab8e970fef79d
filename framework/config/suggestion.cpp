#include "config/suggestion.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

namespace konduit::config {
namespace {

constexpr std::size_t kLongestWord = 128;
constexpr std::size_t kMostListed = 24;

std::string folded(std::string_view word) {
  std::string text(word);
  for (char& c : text) c = c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other; `limit` where they
/// are no fewer.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit) {
  std::vector<std::size_t> before(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) previous[j] = j;
  std::size_t least_before = 0;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t replaced = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({replaced, previous[j] + 1, current[j - 1] + 1});
      bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) current[j] = std::min(current[j], before[j - 2] + 1);
    }
    // Every way leads through this row or, by a swap, from the one before it to the next.
    const std::size_t least = std::ranges::min(current);
    if (std::min(least, least_before) >= limit) return limit;
    least_before = least;
    std::swap(before, previous);
    std::swap(previous, current);
  }
  return previous[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.size() > kLongestWord) return {};
  const std::string wanted = folded(word);
  std::string_view best;
  std::size_t best_distance = std::clamp<std::size_t>(word.size() / 3, 1, 3) + 1;
  for (std::string_view candidate : candidates) {
    const auto [less, more] = std::minmax({word.size(), candidate.size()});
    if (more - less >= best_distance) continue;  // so many insertions it takes at the least
    std::size_t candidate_distance = distance(wanted, folded(candidate), best_distance);
    if (candidate_distance < best_distance && candidate_distance < candidate.size()) {
      best = candidate;
      best_distance = candidate_distance;
    }
  }
  return best;
}

std::string suggestion(std::string_view word, std::span<const std::string_view> candidates, std::string_view label) {
  if (std::string_view near = nearest(word, candidates); !near.empty()) {
    return "; did you mean \"" + std::string(near) + "\"?";
  }
  if (candidates.empty() || candidates.size() > kMostListed) return {};
  std::string text = "; " + std::string(label) + ": ";
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (i > 0) text += ", ";
    text += candidates[i];
  }
  return text;
}

}  // namespace konduit::config
