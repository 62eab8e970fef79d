#include "bench/output.hpp"

#include <gtest/gtest.h>

#include "fake_channel.hpp"

namespace konduit::bench {
namespace {

TEST(OutputTest, SendsAllInOrderHoweverLittleTheChannelTakes) {
  const std::string borrowed(1000, 'b');
  std::string expected;
  Output output;
  for (int i = 0; i != 300; ++i) {
    output.add("small " + std::to_string(i));
    output.add(".");
    output.add_borrowed(std::span(borrowed).first(static_cast<std::size_t>(i)));
    expected += "small " + std::to_string(i) + '.' + borrowed.substr(0, static_cast<std::size_t>(i));
  }
  FakeChannel channel;
  do {
    EXPECT_EQ(output.size(), expected.size() - channel.written.size());
    channel.room = 777;
  } while (!output.flush(channel));
  EXPECT_EQ(channel.written, expected);
  EXPECT_TRUE(output.empty());
}

TEST(OutputTest, TakesMoreWhileSomethingWaits) {
  Output output;
  FakeChannel channel;
  channel.room = 3;
  output.add("abcde");
  EXPECT_FALSE(output.flush(channel));
  output.add("fg");
  channel.room = 100;
  EXPECT_TRUE(output.flush(channel));
  EXPECT_EQ(channel.written, "abcdefg");
}

}  // namespace
}  // namespace konduit::bench
