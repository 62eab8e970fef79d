#include "chaos/forwarder/conditions.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

namespace konduit::chaos {

namespace {

/// Linux's shortest retransmission timeout.
constexpr Duration kRetransmission = std::chrono::milliseconds(200);
/// What is smaller may be a protocol's own and not a tunnel's bytes.
constexpr std::size_t kWorthTampering = 1024;

bool number(const std::string& word, std::uint64_t& value) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  return error == std::errc{} && end == word.data() + word.size();
}

std::string change_one(Conditions& way, const std::string& what, const std::vector<std::uint64_t>& values) {
  const std::uint64_t value = values.empty() ? 0 : values.front();
  if (what == "delay") {
    way.delay = std::chrono::milliseconds(value);
    way.jitter = std::chrono::milliseconds(values.size() > 1 ? values[1] : 0);
  } else if (what == "loss") {
    way.loss = static_cast<double>(value) / 100;
  } else if (what == "rate") {
    way.rate = value;
  } else if (what == "piece") {
    way.piece = std::max<std::uint64_t>(value, 1);
  } else {
    return "unknown command " + what;
  }
  return {};
}

std::string tamper_of(const std::string& word, Conditions::Tamper& tamper) {
  constexpr std::pair<const char*, Conditions::Tamper> kWays[] = {
      {"lose", Conditions::Tamper::lose}, {"repeat", Conditions::Tamper::repeat}, {"swap", Conditions::Tamper::swap}};
  for (const auto& [name, value] : kWays) {
    if (word != name) continue;
    tamper = value;
    return {};
  }
  return "tamper takes lose, repeat or swap";
}

std::string apply(Conditions& way, const std::vector<std::string>& words) {
  if (words[0] == "stall") {
    way.stalled = true;
    return {};
  }
  if (words[0] == "tamper")
    return words.size() == 3 ? tamper_of(words[2], way.tamper) : "tamper takes a way and a word";
  std::vector<std::uint64_t> values(words.size() - 2);
  for (std::size_t i = 0; i != values.size(); ++i) {
    if (!number(words[i + 2], values[i])) return words[i + 2] + " is not a number";
  }
  if (values.empty()) return words[0] + " takes a number";
  return change_one(way, words[0], values);
}

}  // namespace

Duration latency(const Conditions& conditions, std::mt19937_64& random) {
  std::uniform_real_distribution<double> share(0, 1);
  Duration latency = conditions.delay;
  if (conditions.jitter > Duration::zero()) {
    latency += std::chrono::duration_cast<Duration>(conditions.jitter * share(random));
  }
  if (conditions.loss > 0 && share(random) < conditions.loss) latency += kRetransmission;
  return latency;
}

void tamper_with(std::vector<char>& piece, Conditions& conditions) {
  if (conditions.tamper == Conditions::Tamper::none || piece.size() < kWorthTampering) return;
  const auto middle = piece.begin() + static_cast<std::ptrdiff_t>(piece.size() / 2);
  switch (std::exchange(conditions.tamper, Conditions::Tamper::none)) {
    case Conditions::Tamper::lose: piece.erase(middle); break;
    case Conditions::Tamper::repeat: piece.insert(middle, *middle); break;
    case Conditions::Tamper::swap:
      // Equal neighbours would make no difference.
      for (auto at = middle; at + 1 != piece.end(); ++at) {
        if (*at == *(at + 1)) continue;
        std::iter_swap(at, at + 1);
        break;
      }
      break;
    case Conditions::Tamper::none: break;
  }
}

std::string BothWays::change(const std::vector<std::string>& words) {
  if (words.size() == 1 && words[0] == "clear") {
    *this = {};
    return {};
  }
  if (words.size() < 2) return "what, and which way?";
  const bool both = words[1] == "both";
  if (!both && words[1] != "up" && words[1] != "down") return "the way is up, down or both";
  std::string wrong;
  if (both || words[1] == "up") wrong = apply(up, words);
  if (wrong.empty() && (both || words[1] == "down")) wrong = apply(down, words);
  return wrong;
}

}  // namespace konduit::chaos
