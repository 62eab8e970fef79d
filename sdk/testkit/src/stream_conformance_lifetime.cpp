#include "conformance_parts.hpp"
#include "konduit/testkit/stream_conformance.hpp"

namespace konduit::testkit {

void link_stream_lifetime_tests() {}

TEST_P(StreamConformance, AStreamMayBeDestroyedInOnReadable) {
  second().when_readable = [this] { second().destroy(); };
  BufferQueue bytes;
  ASSERT_TRUE(second().try_read(bytes).has_error());
  first().send("the last thing it hears");
  ASSERT_TRUE(until([&] { return !second().has_stream(); }));
  EXPECT_EQ(second().closes(), 0u);
}

TEST_P(StreamConformance, AStreamMayBeDestroyedInOnWritable) {
  first().when_writable = [this] { first().destroy(); };
  BufferQueue bytes;
  // Not by fill(), which would take the stream's destruction for an invitation to go on.
  while (first().writables() == 0) {
    if (bytes.empty()) bytes.push_back(shard().pool().copy(pattern(BlockPool::kRecord)));
    const auto result = first().try_write(bytes);
    if (result) continue;
    ASSERT_TRUE(would_block(result.error())) << result.error().message();
    second().receive();
    ASSERT_TRUE(until([&] { return first().writables() > 0; }));
  }
  EXPECT_FALSE(first().has_stream());
}

TEST_P(StreamConformance, AStreamMayBeDestroyedInOnClosedOfItsOwn) {
  first().when_closed = [this] { first().destroy(); };
  second().receive();
  first().close();
  ASSERT_TRUE(until([&] { return !first().has_stream(); }));
  ASSERT_TRUE(until([&] { return bool(second().read_end()); }));
}

TEST_P(StreamConformance, AStreamMayBeDestroyedInOnClosedOfThePeer) {
  if (!traits().hangup) GTEST_SKIP() << "this kind is not told of a hangup";
  second().when_closed = [this] { second().destroy(); };
  BufferQueue bytes;
  ASSERT_TRUE(second().try_read(bytes).has_error());
  first().close();
  ASSERT_TRUE(until([&] { return !second().has_stream(); }));
}

TEST_P(StreamConformance, AStreamMayBeClosedInOnReadable) {
  second().when_readable = [this] { second().close(); };
  BufferQueue bytes;
  ASSERT_TRUE(second().try_read(bytes).has_error());
  first().send("enough");
  ASSERT_TRUE(until([&] { return second().closes() == 1; }));
}

TEST_P(StreamConformance, AStreamMayBeResetInItsCallbacks) {
  second().when_readable = [this] { second().reset(); };
  BufferQueue bytes;
  ASSERT_TRUE(second().try_read(bytes).has_error());
  first().receive();
  first().send("no");
  ASSERT_TRUE(until([&] { return bool(first().read_end()); }));
  EXPECT_EQ(second().closes(), 0u);
}

TEST_P(StreamConformance, ADetachedObserverHearsNothing) {
  BufferQueue bytes;
  ASSERT_TRUE(second().try_read(bytes).has_error());
  second().observe(false);
  first().send("into the silence");
  settle();
  EXPECT_EQ(second().readables(), 0u);

  second().observe(true);
  second().receive();
  ASSERT_TRUE(until([&] { return second().received() == "into the silence"; }));
}

TEST_P(StreamConformance, AnEndThatNobodyHeardIsToldToTheNextObserver) {
  if (!traits().hangup) GTEST_SKIP() << "this kind is not told of a hangup";
  second().observe(false);
  first().close();
  ASSERT_TRUE(until([&] { return first().closes() == 1; }));
  settle();
  EXPECT_EQ(second().closes(), 0u);
  second().observe(true);
  ASSERT_TRUE(until([&] { return second().closes() == 1; }));
  settle();
}

TEST_P(StreamConformance, BothEndsMayGoInAnyOrder) {
  first().send("unread");
  second().send("unread");
  second().destroy();
  first().destroy();
  settle();
}

}  // namespace konduit::testkit
