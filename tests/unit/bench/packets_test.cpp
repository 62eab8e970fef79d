#include "bench/packets.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace konduit::bench {
namespace {

using namespace std::string_literals;

class Heard final : public PacketHandler {
 public:
  std::string words;

 private:
  void on_dial_answer(const std::string& error, std::int64_t connect_id) override {
    words += "dialed(" + error + ',' + std::to_string(connect_id) + ')';
  }
  void on_data(std::span<const char> bytes) override { words.append(bytes.begin(), bytes.end()); }
  void on_close_answer() override { words += "closed()"; }
};

// As the generated classes write them.
const std::string kDialed = "\0\0\0\0\x0a\x08\x01\x1a\x06\x10\x85\x02\x18\xd2\x09"s;
const std::string kRefused = "\0\0\0\0\x0b\x08\x01\x1a\x07\x0a\x03no!\x18\x09"s;
const std::string kClosed = "\0\0\0\0\x07\x08\x03\x32\x03\x10\x85\x02"s;
const std::string kDrain = "\0\0\0\0\x04\x08\x06\x42\x00"s;
const std::string kDialClosed = "\0\0\0\0\x06\x08\x05\x3a\x02\x08\x09"s;

std::string data(const std::string& payload) { return data_head(261, payload.size()) + payload; }

/// What is heard of `bytes` that come in pieces of `size`.
std::string heard(const std::string& bytes, std::size_t size) {
  Heard heard;
  PacketReader reader(heard);
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    reader.push(std::span(bytes).subspan(at, std::min(size, bytes.size() - at)));
  }
  return heard.words;
}

TEST(PacketsTest, WritesWhatAServerReads) {
  EXPECT_EQ(dial_request("a:1", 300),
            "\0\0\0\0\x11\x08\x00\x12\x0d\x0a\x03tcp\x12\x03"
            "a:1\x18\xac\x02"s);
  EXPECT_EQ(close_request(261), "\0\0\0\0\x07\x08\x02\x2a\x03\x08\x85\x02"s);
  EXPECT_EQ(data_head(261, 3), "\0\0\0\0\x0c\x08\x04\x22\x08\x08\x85\x02\x1a\x03"s);
  EXPECT_LE(data_head(INT64_MAX, 32768).size(), kDataHead);
}

TEST(PacketsTest, UnderstandsAServerHoweverItsBytesAreCut) {
  const std::string long_payload(300, 'x');
  const std::string all = kDialed + kDrain + data("hello") + data("") + data(long_payload) + kDialClosed + kClosed;
  for (std::size_t size = 1; size <= all.size(); ++size) {
    EXPECT_EQ(heard(all, size), "dialed(,261)hello" + long_payload + "closed()") << "in pieces of " << size;
  }
}

TEST(PacketsTest, TellsWhyADialWasRefused) { EXPECT_EQ(heard(kRefused, 4), "dialed(no!,0)"); }

TEST(PacketsTest, ThrowsForWhatIsNoPacket) {
  EXPECT_THROW(heard("\x01\0\0\0\x01\x08"s, 99), std::runtime_error);            // compressed
  EXPECT_THROW(heard("\0\0\0\0\x04\x08\xff\xff\xff"s, 99), std::runtime_error);  // a number that does not end
  EXPECT_THROW(heard("\0\xff\0\0\0\x08\x03\x32\x03"s, 99), std::runtime_error);  // too long
}

}  // namespace
}  // namespace konduit::bench
