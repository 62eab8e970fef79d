#include "auth/review_queue.hpp"

#include <gtest/gtest.h>

#include <string>

namespace konduit::auth {
namespace {

TokenDigest token(const std::string& text) { return TokenDigest::of(text); }

std::string line_from(const std::string& address) {
  return line_of({.address = address, .certificate = nullptr, .identity = {}});
}

TEST(ReviewQueue, LetsClientsTakeTurns) {
  ReviewQueue queue;
  for (const char* text : {"a1", "a2", "a3"}) queue.push("a", token(text));
  queue.push("b", token("b1"));
  EXPECT_EQ(queue.pop(), token("a1"));
  queue.push("c", token("c1"));
  EXPECT_EQ(queue.pop(), token("b1"));
  queue.push("b", token("b2"));
  for (const char* text : {"a2", "c1", "b2", "a3"}) EXPECT_EQ(queue.pop(), token(text)) << text;
  EXPECT_TRUE(queue.empty());
  queue.push("a", token("a4"));
  EXPECT_EQ(queue.pop(), token("a4"));
}

TEST(ReviewQueue, HasALineForEachHostAndIpv6Network) {
  EXPECT_EQ(line_from("tcp://192.0.2.1:1"), line_from("tcp://192.0.2.1:2"));
  EXPECT_NE(line_from("tcp://192.0.2.1:1"), line_from("tcp://192.0.2.2:1"));
  EXPECT_EQ(line_from("tcp://[2001:db8:0:1::1]:1"), line_from("tcp://[2001:db8:0:1:ffff::2]:2"));
  EXPECT_NE(line_from("tcp://[2001:db8:0:1::1]:1"), line_from("tcp://[2001:db8:0:2::1]:1"));
  EXPECT_EQ(line_from("uds://"), line_from("uds://"));
  for (const char* odd : {"", "tcp://", "tcp://[", "tcp://]x[:1", "tcp://[zz]:1"}) EXPECT_NO_THROW(line_from(odd));
}

}  // namespace
}  // namespace konduit::auth
