#include "socket/receive.hpp"

#include <gtest/gtest.h>

namespace konduit::socket {
namespace {

TEST(ReadSize, BeginsWithOneRecord) { EXPECT_EQ(ReadSize().next(1 << 20), ReadSize::kLeast); }

TEST(ReadSize, GrowsWhileReadsFillWhatTheyWereGiven) {
  ReadSize size;
  size.learn(ReadSize::kLeast, ReadSize::kLeast);
  EXPECT_EQ(size.next(1 << 20), 4 * ReadSize::kLeast);
  size.learn(4 * ReadSize::kLeast, 4 * ReadSize::kLeast);
  EXPECT_EQ(size.next(1 << 20), 16 * ReadSize::kLeast);
}

TEST(ReadSize, NeverAsksForMoreThanTheReaderWants) {
  ReadSize size;
  size.learn(ReadSize::kLeast, ReadSize::kLeast);
  EXPECT_EQ(size.next(1000), 1000u);
}

TEST(ReadSize, DoesNotGrowBecauseALimitedReadWasFull) {
  ReadSize size;
  size.learn(1000, 1000);
  EXPECT_EQ(size.next(1 << 20), ReadSize::kLeast);
}

TEST(ReadSize, FallsBackToOneRecordWhenReadsStayShort) {
  ReadSize size;
  for (int i = 0; i < 4; ++i) size.learn(size.next(1 << 30), size.next(1 << 30));
  ASSERT_GT(size.next(1 << 30), ReadSize::kLeast);
  for (int i = 0; i < 10; ++i) size.learn(size.next(1 << 30), 100);
  EXPECT_EQ(size.next(1 << 30), ReadSize::kLeast);
}

TEST(ReadSize, KeepsItsSizeWhenReadsAreMostlyFull) {
  ReadSize size;
  size.learn(ReadSize::kLeast, ReadSize::kLeast);
  size.learn(4 * ReadSize::kLeast, 3 * ReadSize::kLeast);
  EXPECT_EQ(size.next(1 << 20), 4 * ReadSize::kLeast);
}

}  // namespace
}  // namespace konduit::socket
