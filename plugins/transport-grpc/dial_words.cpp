#include "transport-grpc/dial_words.hpp"

namespace konduit::transport_grpc {
namespace {

struct Words {
  std::string_view text;
  DialErrc code;
};

// In this order: "lookup x: i/o timeout" is a timeout, and "lookup x: no such host" is none.
constexpr Words kWords[] = {
    {kNoAgent, DialErrc::no_route},
    {"too many", DialErrc::overloaded},     // open files (Go's words), dials under way
    {"max_tunnels", DialErrc::overloaded},  // a limit of another end of ours
    {"tunnels_per_agent", DialErrc::overloaded},
    {"i/o timeout", DialErrc::timeout},
    {"deadline", DialErrc::timeout},
    {"timed out", DialErrc::timeout},
    {"timeout", DialErrc::timeout},
    {"no such host", DialErrc::unresolvable},
    {"server misbehaving", DialErrc::unresolvable},
    {"connection refused", DialErrc::refused},
    {"denied by", DialErrc::denied},
};

/// Whether `text` contains `words` elsewhere than within the name `host`.
bool contains(std::string_view text, std::string_view words, std::string_view host) noexcept {
  constexpr auto kNowhere = std::string_view::npos;
  const std::size_t before = host.find(words);
  std::size_t at = text.find(words);
  while (at != kNowhere && before != kNowhere && at >= before && text.substr(at - before).starts_with(host)) {
    at = text.find(words, at - before + host.size());
  }
  return at != kNowhere;
}

}  // namespace

DialErrc class_of(std::string_view agent_words, std::string_view host) noexcept {
  for (const Words& words : kWords) {
    if (contains(agent_words, words.text, host)) return words.code;
  }
  return DialErrc::refused;
}

std::string_view shortened(std::string_view text, std::size_t most) noexcept {
  if (text.size() <= most) return text;
  const auto continues = [&](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80; };
  while (most > 0 && continues(most)) --most;
  return text.substr(0, most);
}

std::string_view words_of(const DialError& error) noexcept {
  if (error.code == DialErrc::no_route) return kNoAgent;
  if (!error.text.empty()) return error.text;
  return to_string(error.code);
}

}  // namespace konduit::transport_grpc
