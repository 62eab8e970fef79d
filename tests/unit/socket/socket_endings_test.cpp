#include <gtest/gtest.h>

#include <string>

#include "loopback.hpp"
#include "socket/socket_stream.hpp"

namespace konduit::socket {
namespace {

using test::Rig;
using test::run_until;

class SocketEndingsTest : public ::testing::TestWithParam<Family> {};

/// Turns the loop until nothing happens any more; false if it never comes to rest.
bool comes_to_rest(Shard& shard) {
  for (int turn = 0; turn < 100; ++turn) {
    shard.context().restart();
    if (shard.context().run_one_for(std::chrono::milliseconds(20)) == 0) return true;
    shard.run_ready();
  }
  return false;
}

TEST_P(SocketEndingsTest, HalfCloseSaysEndOfStreamAndReadingGoesOn) {
  Rig rig(GetParam());
  ASSERT_TRUE(rig.write("request"));
  EXPECT_TRUE(rig.stream->half_close());
  EXPECT_EQ(test::read_all(rig.peer.get()), "request");
  ASSERT_TRUE(test::send_all(rig.peer.get(), "answer"));
  ::shutdown(rig.peer.get(), SHUT_WR);
  error_code end;
  EXPECT_EQ(rig.read(end), "answer");
  EXPECT_TRUE(end_of_stream(end));
  EXPECT_EQ(rig.notes.closed, 0);
}

TEST_P(SocketEndingsTest, NothingIsTakenAfterHalfClose) {
  Rig rig(GetParam());
  rig.stream->half_close();
  BufferQueue queue;
  queue.push_back(rig.shard.pool().copy("late"));
  EXPECT_EQ(rig.stream->try_write(queue).error(), make_error_code(StreamErrc::closed));
  EXPECT_EQ(queue.size(), 4u);
}

TEST_P(SocketEndingsTest, ThePeersHalfCloseIsAnEndOfStreamAndNoClose) {
  Rig rig(GetParam());
  ::shutdown(rig.peer.get(), SHUT_WR);
  error_code end;
  rig.read(end);
  EXPECT_TRUE(end_of_stream(end));
  ASSERT_TRUE(rig.write("still here"));
  rig.stream->half_close();
  EXPECT_EQ(test::read_all(rig.peer.get()), "still here");
  EXPECT_EQ(rig.notes.closed, 0);
}

TEST_P(SocketEndingsTest, EndOfStreamIsSaidAgainToWhoAsksAgain) {
  Rig rig(GetParam());
  ::shutdown(rig.peer.get(), SHUT_WR);
  error_code end;
  rig.read(end);
  BufferQueue queue;
  EXPECT_TRUE(end_of_stream(rig.stream->try_read(queue, {}).error()));
}

TEST_P(SocketEndingsTest, CloseDeliversEverythingAndIsDoneAtOnce) {
  Rig rig(GetParam());
  ASSERT_TRUE(rig.write("last words"));
  rig.stream->close();
  EXPECT_EQ(rig.notes.closed, 0) << "called back from inside the call";
  ASSERT_TRUE(run_until(rig.shard, [&] { return rig.notes.closed == 1; }));
  EXPECT_FALSE(rig.notes.reason);
  rig.stream.reset();
  EXPECT_EQ(test::read_all(rig.peer.get()), "last words");
}

TEST_P(SocketEndingsTest, AClosedStreamTakesAndGivesNothing) {
  Rig rig(GetParam());
  ASSERT_TRUE(test::send_all(rig.peer.get(), "unread"));
  rig.stream->close();
  BufferQueue queue;
  EXPECT_EQ(rig.stream->try_read(queue, {}).error(), make_error_code(StreamErrc::closed));
  queue.push_back(rig.shard.pool().copy("late"));
  EXPECT_EQ(rig.stream->try_write(queue).error(), make_error_code(StreamErrc::closed));
}

TEST_P(SocketEndingsTest, CloseWithUnreadBytesDoesNotDestroyWhatThePeerHasNotRead) {
  Rig rig(GetParam());
  ASSERT_TRUE(test::send_all(rig.peer.get(), "nobody reads this"));
  ASSERT_TRUE(rig.write("answer"));
  rig.stream->close();
  rig.stream.reset();
  int error = 0;
  EXPECT_EQ(test::read_all(rig.peer.get(), &error), "answer");
  EXPECT_EQ(error, 0) << "the peer saw a reset instead of the end of stream";
}

TEST_P(SocketEndingsTest, NoCallbackFollowsReset) {
  Rig rig(GetParam());
  BufferQueue queue;
  EXPECT_TRUE(would_block(rig.stream->try_read(queue, {}).error()));
  rig.stream->reset(ResetReason::cancelled);
  EXPECT_TRUE(comes_to_rest(rig.shard));
  EXPECT_EQ(rig.notes.readable + rig.notes.writable + rig.notes.closed, 0);
}

TEST_P(SocketEndingsTest, AResetAfterACloseIsNoMatter) {
  Rig rig(GetParam());
  ASSERT_TRUE(rig.write("x"));
  rig.stream->close();
  rig.stream->reset(ResetReason::cancelled);
  EXPECT_TRUE(comes_to_rest(rig.shard));
  EXPECT_EQ(rig.notes.closed, 0);
  EXPECT_EQ(test::read_all(rig.peer.get()), "x");
}

TEST_P(SocketEndingsTest, APeerThatIsGoneIsToldWithAFullWriteBuffer) {
  Rig rig(GetParam());
  BufferQueue queue;
  const std::string much(1 << 20, 'x');
  for (;;) {
    if (queue.empty()) queue.push_back(rig.shard.pool().copy(much));
    if (rig.stream->try_write(queue).has_error()) break;
  }
  rig.peer.close();
  ASSERT_TRUE(run_until(rig.shard, [&] { return rig.notes.writable > 0; }));
  const auto taken = rig.stream->try_write(queue);
  ASSERT_TRUE(taken.has_error());
  EXPECT_FALSE(would_block(taken.error()));
}

TEST_P(SocketEndingsTest, AnEndThatNobodyHeardIsToldToALaterObserver) {
  Rig rig(GetParam());
  rig.stream->observe(nullptr);
  ASSERT_TRUE(rig.write("unread, so that closing resets"));
  rig.peer.close();
  ASSERT_TRUE(comes_to_rest(rig.shard));
  ASSERT_EQ(rig.notes.closed, 0);
  rig.stream->observe(&rig.notes);
  EXPECT_EQ(rig.notes.closed, 0) << "called back from inside observe()";
  ASSERT_TRUE(run_until(rig.shard, [&] { return rig.notes.closed == 1; }));
  EXPECT_EQ(rig.notes.reason, make_error_code(StreamErrc::reset));
}

TEST_P(SocketEndingsTest, AnEndThatWasToldDoesNotTurnTheLoop) {
  Rig rig(GetParam());
  ASSERT_TRUE(rig.write("unread, so that closing resets"));
  rig.peer.close();
  ASSERT_TRUE(run_until(rig.shard, [&] { return rig.notes.closed == 1; }));
  EXPECT_TRUE(comes_to_rest(rig.shard));
  EXPECT_EQ(rig.notes.closed, 1);
}

TEST(TcpEndings, AResetIsNoticedWhileNobodyReads) {
  Rig rig(Family::tcp);
  ASSERT_TRUE(test::send_all(rig.peer.get(), "sent before"));
  ASSERT_TRUE(rig.write("never read by the peer"));
  rig.peer.close();
  ASSERT_TRUE(run_until(rig.shard, [&] { return rig.notes.closed == 1; }));
  EXPECT_EQ(rig.notes.reason, make_error_code(StreamErrc::reset));
  EXPECT_EQ(rig.notes.readable, 0);
  error_code end;
  EXPECT_EQ(rig.read(end), "sent before") << "received bytes can still be read";
  EXPECT_EQ(end, make_error_code(StreamErrc::reset)) << "and are not followed by an orderly end";
}

TEST(TcpEndings, AnOrderlyEndStandsThoughThePeerTakesNothingMore) {
  Rig rig(Family::tcp);
  ASSERT_TRUE(test::send_all(rig.peer.get(), "a whole answer"));
  rig.peer.close();
  ASSERT_TRUE(rig.write("more of the request"));
  ASSERT_TRUE(run_until(rig.shard, [&] { return rig.notes.closed == 1; }));
  EXPECT_EQ(rig.notes.reason, make_error_code(StreamErrc::hangup));
  error_code end;
  EXPECT_EQ(rig.read(end), "a whole answer");
  EXPECT_TRUE(end_of_stream(end)) << end.message();
}

TEST(TcpEndings, AResetIsReportedByTheReadThatMeetsIt) {
  Rig rig(Family::tcp);
  ASSERT_TRUE(rig.write("never read by the peer"));
  rig.peer.close();
  error_code end;
  rig.read(end);
  EXPECT_EQ(end, make_error_code(StreamErrc::reset));
}

TEST(TcpEndings, ResetTellsThePeer) {
  Rig rig(Family::tcp);
  rig.stream->reset(ResetReason::cancelled);
  int error = 0;
  test::read_all(rig.peer.get(), &error);
  EXPECT_EQ(error, ECONNRESET);
}

TEST(TcpEndings, DestructionWithoutCloseIsAReset) {
  Rig rig(Family::tcp);
  rig.stream.reset();
  int error = 0;
  test::read_all(rig.peer.get(), &error);
  EXPECT_EQ(error, ECONNRESET);
}

TEST(TcpEndings, UrgentDataDoesNotTurnTheLoopWhileNobodyReads) {
  Rig rig(Family::tcp);
  ASSERT_EQ(::send(rig.peer.get(), "!", 1, MSG_OOB), 1);
  EXPECT_TRUE(comes_to_rest(rig.shard));
  ASSERT_TRUE(test::send_all(rig.peer.get(), "normal"));
  error_code end;
  EXPECT_EQ(rig.read(end, 6), "normal");
  ASSERT_TRUE(rig.write("unread, so that closing resets"));
  rig.peer.close();
  EXPECT_TRUE(run_until(rig.shard, [&] { return rig.notes.closed == 1; })) << "the error wait was not armed again";
}

TEST(TcpEndings, AResetBehindUrgentDataIsNoticedWhileNobodyReads) {
  Rig rig(Family::tcp);
  ASSERT_EQ(::send(rig.peer.get(), "!", 1, MSG_OOB), 1);
  EXPECT_TRUE(comes_to_rest(rig.shard));
  ASSERT_TRUE(rig.write("unread, so that closing resets"));
  rig.peer.close();
  EXPECT_TRUE(run_until(rig.shard, [&] { return rig.notes.closed == 1; }));
}

TEST(TcpEndings, ThePeersCloseAfterOurHalfCloseIsNoCutOff) {
  Rig rig(Family::tcp);
  rig.stream->half_close();
  ASSERT_TRUE(test::send_all(rig.peer.get(), "answer"));
  rig.peer.close();
  EXPECT_TRUE(comes_to_rest(rig.shard));
  EXPECT_EQ(rig.notes.closed, 0);
  error_code end;
  EXPECT_EQ(rig.read(end), "answer");
  EXPECT_TRUE(end_of_stream(end));
}

TEST(LocalEndings, ThePeersCloseIsAHangupWhileNobodyReads) {
  Rig rig(Family::local);
  ASSERT_TRUE(test::send_all(rig.peer.get(), "sent before"));
  rig.peer.close();
  ASSERT_TRUE(run_until(rig.shard, [&] { return rig.notes.closed == 1; }));
  EXPECT_EQ(rig.notes.reason, make_error_code(StreamErrc::hangup));
  EXPECT_EQ(rig.notes.readable, 0);
  error_code end;
  EXPECT_EQ(rig.read(end), "sent before");
  EXPECT_TRUE(end_of_stream(end));
}

TEST(LocalEndings, ACloseWithUnreadBytesIsAReset) {
  Rig rig(Family::local);
  ASSERT_TRUE(rig.write("never read by the peer"));
  rig.peer.close();
  ASSERT_TRUE(run_until(rig.shard, [&] { return rig.notes.closed == 1; }));
  EXPECT_EQ(rig.notes.reason, make_error_code(StreamErrc::reset));
}

TEST(LocalEndings, AHangupIsToldToThoseWhoWrite) {
  Rig rig(Family::local);
  rig.peer.close();
  BufferQueue queue;
  queue.push_back(rig.shard.pool().copy("late"));
  EXPECT_EQ(rig.stream->try_write(queue).error(), make_error_code(StreamErrc::hangup));
}

TEST(LocalEndings, ThePeersHalfCloseIsNoHangupAndItsCloseAfterwardsIs) {
  Rig rig(Family::local);
  ::shutdown(rig.peer.get(), SHUT_WR);
  error_code end;
  rig.read(end);
  ASSERT_TRUE(end_of_stream(end));
  EXPECT_TRUE(comes_to_rest(rig.shard));
  ASSERT_EQ(rig.notes.closed, 0);
  rig.peer.close();
  ASSERT_TRUE(run_until(rig.shard, [&] { return rig.notes.closed == 1; }));
  EXPECT_EQ(rig.notes.reason, make_error_code(StreamErrc::hangup));
}

INSTANTIATE_TEST_SUITE_P(Families, SocketEndingsTest, ::testing::Values(Family::tcp, Family::local),
                         [](const auto& family) { return family.param == Family::tcp ? "Tcp" : "Local"; });

}  // namespace
}  // namespace konduit::socket
