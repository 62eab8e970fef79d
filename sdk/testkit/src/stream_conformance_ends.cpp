#include <algorithm>

#include "conformance_parts.hpp"
#include "konduit/testkit/stream_conformance.hpp"

namespace konduit::testkit {

void link_stream_end_tests() {}

TEST_P(StreamConformance, HalfCloseDeliversEverythingWhileTheOtherDirectionLives) {
  if (!traits().half_close) GTEST_SKIP() << "this kind cannot half-close";
  const auto question = pattern(traits().transfer);
  first().send(question);
  second().receive();
  ASSERT_TRUE(until([&] { return first().unsent() == 0; }));
  EXPECT_TRUE(first().half_close());
  ASSERT_TRUE(until([&] { return bool(second().read_end()); }));
  EXPECT_EQ(second().read_end(), StreamErrc::end_of_stream);
  EXPECT_TRUE(second().received() == question);

  const auto answer = pattern(traits().transfer, 5);
  first().receive();
  second().send(answer);
  ASSERT_TRUE(until([&] { return first().received().size() == answer.size(); }));
  EXPECT_TRUE(first().received() == answer);
  EXPECT_TRUE(second().half_close());
  ASSERT_TRUE(until([&] { return bool(first().read_end()); }));
  EXPECT_EQ(first().read_end(), StreamErrc::end_of_stream);
}

TEST_P(StreamConformance, WhereHalfCloseCannotBeSaidNothingIsDone) {
  if (traits().half_close) GTEST_SKIP() << "this kind can half-close";
  EXPECT_FALSE(first().half_close());
  second().receive();
  first().send("still open");
  ASSERT_TRUE(until([&] { return second().received() == "still open"; }));
  EXPECT_FALSE(second().read_end());
}

TEST_P(StreamConformance, WritingAfterHalfCloseIsRefused) {
  if (!traits().half_close) GTEST_SKIP() << "this kind cannot half-close";
  ASSERT_TRUE(first().half_close());
  BufferQueue bytes;
  bytes.push_back(shard().pool().copy("late"));
  const auto result = first().try_write(bytes);
  ASSERT_TRUE(result.has_error());
  EXPECT_EQ(result.error(), StreamErrc::closed);
  EXPECT_EQ(bytes.size(), 4u);
}

TEST_P(StreamConformance, EndOfStreamIsSaidAgainAndAgain) {
  if (!traits().half_close) GTEST_SKIP() << "this kind cannot half-close";
  first().half_close();
  second().receive();
  ASSERT_TRUE(until([&] { return bool(second().read_end()); }));
  for (int i = 0; i < 2; ++i) {
    BufferQueue bytes;
    const auto result = second().try_read(bytes);
    ASSERT_TRUE(result.has_error());
    EXPECT_EQ(result.error(), StreamErrc::end_of_stream);
  }
}

TEST_P(StreamConformance, CloseDeliversEverythingAndThenSaysSo) {
  const auto last_words = pattern(60'000);
  second().receive();
  first().send(last_words);
  ASSERT_TRUE(until([&] { return first().unsent() == 0; }));
  first().close();
  ASSERT_TRUE(until([&] { return first().closes() == 1; }));
  EXPECT_FALSE(first().close_reason()) << first().close_reason().message();
  first().destroy();
  ASSERT_TRUE(until([&] { return bool(second().read_end()); }));
  EXPECT_EQ(second().read_end(), StreamErrc::end_of_stream) << second().read_end().message();
  EXPECT_TRUE(second().received() == last_words);
}

TEST_P(StreamConformance, NothingCanBeDoneAfterClose) {
  first().close();
  BufferQueue bytes;
  const auto read = first().try_read(bytes);
  ASSERT_TRUE(read.has_error());
  EXPECT_EQ(read.error(), StreamErrc::closed);
  bytes.push_back(shard().pool().copy("late"));
  const auto written = first().try_write(bytes);
  ASSERT_TRUE(written.has_error());
  EXPECT_EQ(written.error(), StreamErrc::closed);
  first().close();
  ASSERT_TRUE(until([&] { return first().closes() == 1; }));
}

TEST_P(StreamConformance, TheCloseOfThePeerIsTold) {
  second().receive();
  first().close();
  if (!traits().hangup) {
    ASSERT_TRUE(until([&] { return second().read_end() == StreamErrc::end_of_stream; }));
    return;
  }
  ASSERT_TRUE(until([&] { return second().closes() == 1; }));
  EXPECT_EQ(second().close_reason(), StreamErrc::hangup) << second().close_reason().message();
  BufferQueue bytes;
  bytes.push_back(shard().pool().copy("to nobody"));
  const auto written = second().try_write(bytes);
  ASSERT_TRUE(written.has_error());
  EXPECT_EQ(written.error(), StreamErrc::hangup);
}

TEST_P(StreamConformance, WhatArrivedBeforeAHangupCanBeReadAfterIt) {
  if (!traits().hangup || !traits().keeps_after_hangup) GTEST_SKIP() << "this kind does not keep bytes over a hangup";
  first().send("k");
  ASSERT_TRUE(until([&] { return first().unsent() == 0; }));
  first().close();
  ASSERT_TRUE(until([&] { return second().closes() == 1; }));
  second().receive();
  ASSERT_TRUE(until([&] { return bool(second().read_end()); }));
  EXPECT_EQ(second().received(), "k");
  EXPECT_EQ(second().read_end(), StreamErrc::end_of_stream);
}

TEST_P(StreamConformance, BothEndsMayCloseAtOnce) {
  first().send("ships");
  second().send("passing");
  settle();
  first().close();
  second().close();
  EXPECT_TRUE(until([&] { return first().closes() == 1 && second().closes() == 1; }));
}

TEST_P(StreamConformance, AResetIsNoEndOfStream) {
  second().receive();
  first().send("half a sente");
  ASSERT_TRUE(until([&] { return second().received().size() == 12; }));
  first().reset();
  ASSERT_TRUE(until([&] { return bool(second().read_end()); }));
  EXPECT_TRUE(!traits().reset || !end_of_stream(second().read_end()));
  settle();
  EXPECT_EQ(first().closes(), 0u) << "a callback followed reset()";
  EXPECT_LE(second().closes(), 1u);
}

TEST_P(StreamConformance, AResetReachesAWriterThatWaits) {
  fill(first());
  second().reset();
  ASSERT_TRUE(until([&] { return first().closes() == 1; }));
  EXPECT_TRUE(first().close_reason());
  BufferQueue bytes;
  bytes.push_back(shard().pool().copy("more"));
  const auto written = first().try_write(bytes);
  ASSERT_TRUE(written.has_error());
  EXPECT_FALSE(would_block(written.error())) << "nobody would ever tell this writer";
}

TEST_P(StreamConformance, DestructionWithoutACloseIsAReset) {
  second().receive();
  first().destroy();
  ASSERT_TRUE(until([&] { return bool(second().read_end()); }));
  EXPECT_TRUE(!traits().reset || !end_of_stream(second().read_end()));
}

TEST_P(StreamConformance, AReaderThatWaitsHearsOfTheEnd) {
  BufferQueue bytes;
  ASSERT_TRUE(second().try_read(bytes).has_error());
  first().close();
  ASSERT_TRUE(until([&] { return second().readables() == 1; }));
}

}  // namespace konduit::testkit
