#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "fuzz/invariant.hpp"
#include "http-connect/head.hpp"
#include "http-connect/reply.hpp"
#include "konduit/shard.hpp"

namespace {

using namespace konduit;
using namespace konduit::http_connect;
using fuzz::hold;

constexpr std::size_t kLimit = 512;
constexpr std::size_t kCuts = 16;  // of an input; more would take too long

/// What a parser made of a text.
struct Reading {
  HeadState state = HeadState::incomplete;
  RequestHead head;
  std::string left;
};

/// Feeds `first` bytes, then pieces of `piece`.
Reading read(BlockPool& pool, std::string_view text, std::size_t first, std::size_t piece) {
  HeadParser parser(kLimit);
  BufferQueue received;
  Reading reading;
  for (std::size_t at = 0, size = first; at < text.size(); at += size, size = piece) {
    if (size == 0) size = piece;
    received.push_back(pool.copy(text.substr(at, size)));
    const HeadState before = reading.state;
    reading.state = parser.feed(received, pool);
    hold(before == HeadState::incomplete || reading.state == before, "an answer stays what it was");
  }
  hold(parser.error().empty() == (reading.state != HeadState::malformed), "it is said why a head is malformed");
  if (reading.state == HeadState::complete) reading.head = parser.head();
  reading.left.resize(received.size());
  received.peek(std::as_writable_bytes(std::span(reading.left)));
  return reading;
}

void same(const Reading& one, const Reading& other) {
  // Whether a fault is found before the head has ended depends on where the pieces end.
  const auto differ = [&](HeadState a, HeadState b) { return one.state == a && other.state == b; };
  hold(!differ(HeadState::incomplete, HeadState::too_large) && !differ(HeadState::too_large, HeadState::incomplete),
       "cuts do not make a head longer");
  hold((one.state == HeadState::complete) == (other.state == HeadState::complete), "cuts do not spoil a head");
  if (one.state != HeadState::complete) return;
  hold(one.head.method == other.head.method && one.head.target == other.head.target &&
           one.head.bearer_token == other.head.bearer_token,
       "cuts do not change a head");
  hold(one.left == other.left, "cuts do not lose what follows a head");
}

bool prints(char c) { return c >= 0x20 && c <= 0x7e; }

/// A head that was read is read again from what was understood of it.
void comes_back(BlockPool& pool, const Reading& reading) {
  const RequestHead& head = reading.head;
  hold(std::ranges::all_of(head.method, prints) && !head.method.empty(), "a method is a word");
  hold(head.target.find_first_of(" \r\n") == std::string::npos && !head.target.empty(), "a target is a word");
  std::string text = head.method + " " + head.target + " HTTP/1.1\r\n";
  if (!head.bearer_token.empty()) text += "Proxy-Authorization: Bearer " + head.bearer_token + "\r\n";
  text += "\r\n";
  if (text.size() > kLimit) return;
  const Reading again = read(pool, text, text.size(), 1);
  hold(again.state == HeadState::complete && again.left.empty(), "what was understood is a head");
  same(again, {HeadState::complete, head, {}});
}

/// Whatever a peer's words are, they stay in the line and in the body where they were put.
void answers_hold(std::string_view words) {
  for (const Reply& reply :
       {reply_to_target(words), reply_to_malformed(words), reply_to_refusal({.text = std::string(words)}),
        reply_to_dial({DialErrc::refused, false, std::string(words)}),
        reply_to_dial({DialErrc::no_route, false, std::string(words)})}) {
    const std::string bytes = reply.bytes();
    const std::size_t end = bytes.find("\r\n\r\n");
    hold(end != std::string::npos && bytes.substr(end + 4) == reply.text + "\n", "the words are the body");
    const std::string_view head = std::string_view(bytes).substr(0, end);
    hold(head.starts_with("HTTP/1.1 " + std::to_string(reply.status) + " "), "an answer begins with its status");
    hold(std::ranges::all_of(head, [](char c) { return prints(c) || c == '\r' || c == '\n'; }), "a head is printable");
    hold(std::ranges::count(head, '\n') == (reply.header.empty() ? 3 : 4), "nobody's words are a header");
  }
}

}  // namespace

// A head in pieces must be judged like the whole, wherever it is cut, and nothing behind it may get lost.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Shard shard;
  if (size == 0 || size > 2000) return 0;
  BlockPool& pool = shard.pool();
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Reading whole = read(pool, text, text.size(), 1);
  same(whole, read(pool, text, 0, data[0] % 64 + std::size_t{1}));
  const std::size_t step = text.size() / kCuts + 1;
  for (std::size_t cut = data[0] % step + 1; cut < text.size(); cut += step) {
    same(whole, read(pool, text, cut, text.size()));
  }
  if (whole.state == HeadState::complete) comes_back(pool, whole);
  answers_hold(text);
  return 0;
}
