#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http-connect/head.hpp"
#include "konduit/shard.hpp"

// A head in pieces of a size that the input chooses must be judged like the whole, and nothing behind it may get lost.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace konduit;
  using namespace konduit::http_connect;
  static Shard shard;
  if (size == 0) return 0;
  const std::size_t piece = data[0] % 64 + 1;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);

  BufferQueue whole;
  if (!text.empty()) whole.push_back(shard.pool().copy(text));
  HeadParser at_once(512);
  const HeadState expected = at_once.feed(whole, shard.pool());

  BufferQueue rest;
  HeadParser in_pieces(512);
  HeadState state = HeadState::incomplete;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    rest.push_back(shard.pool().copy(text.substr(at, piece)));
    state = in_pieces.feed(rest, shard.pool());
  }
  if (expected == HeadState::complete) {
    if (state != expected || rest.size() != whole.size() || at_once.head().target != in_pieces.head().target)
      std::abort();
  } else if (state == HeadState::complete) {
    std::abort();
  }
  return 0;
}
