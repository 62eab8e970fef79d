#include "http2/frame_walk.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "hostile_peer.hpp"

namespace konduit::http2 {
namespace {

struct Seen {
  std::size_t at;  // of the first byte behind the header
  std::size_t length;
  int type;
  int flags;
  bool operator==(const Seen&) const = default;
};

std::vector<Seen> walk(std::string_view bytes, std::size_t piece, std::size_t preface = 0) {
  FrameWalk walk(preface);
  std::vector<Seen> seen;
  for (std::size_t begin = 0; begin < bytes.size(); begin += piece) {
    const std::string_view part = bytes.substr(begin, piece);
    std::size_t at = 0;
    while (const auto frame = walk.next(std::as_bytes(std::span(part)), at)) {
      seen.push_back({begin + at, frame->length, static_cast<int>(frame->type), frame->flags});
    }
    EXPECT_EQ(at, part.size());
  }
  return seen;
}

const std::string kFrames = testing::frame(4, 0, 0, "") + testing::frame(0, 1, 5, std::string(70'000, 'x')) +
                            testing::frame(0xfe, 0xff, 3, "abc") + testing::frame(6, 1, 0, "12345678");
const std::vector<Seen> kSeen = {{9, 0, 4, 0}, {18, 70'000, 0, 1}, {70'027, 3, 0xfe, 0xff}, {70'039, 8, 6, 1}};

TEST(FrameWalkTest, FindsEveryHeader) { EXPECT_EQ(walk(kFrames, kFrames.size()), kSeen); }

TEST(FrameWalkTest, FindsThemHoweverTheBytesAreCut) {
  for (const std::size_t piece : {1, 2, 3, 7, 8, 9, 10, 11, 17, 18, 19, 16'384}) EXPECT_EQ(walk(kFrames, piece), kSeen);
}

TEST(FrameWalkTest, SkipsThePreface) {
  auto expected = kSeen;
  for (Seen& seen : expected) seen.at += 24;
  for (const std::size_t piece : {1, 5, 24, 25, 100'000}) {
    EXPECT_EQ(walk(std::string(testing::kPreface) + kFrames, piece, 24), expected);
  }
}

}  // namespace
}  // namespace konduit::http2
