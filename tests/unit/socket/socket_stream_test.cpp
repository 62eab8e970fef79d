#include "socket/socket_stream.hpp"

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <thread>

#include "loopback.hpp"

namespace konduit::socket {
namespace {

using test::Rig;
using test::run_until;

class SocketStreamTest : public ::testing::TestWithParam<Family> {};

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>((i * 2654435761u) >> 13);
  return bytes;
}

TEST_P(SocketStreamTest, ReadsWhatThePeerSends) {
  Rig rig(GetParam());
  ASSERT_TRUE(test::send_all(rig.peer.get(), "hello"));
  error_code end;
  EXPECT_EQ(rig.read(end, 5), "hello");
}

TEST_P(SocketStreamTest, CallsBackOnceForEveryReadThatWouldBlock) {
  Rig rig(GetParam());
  BufferQueue queue;
  EXPECT_TRUE(would_block(rig.stream->try_read(queue, {}).error()));
  EXPECT_TRUE(would_block(rig.stream->try_read(queue, {}).error()));
  ASSERT_TRUE(test::send_all(rig.peer.get(), "a"));
  ASSERT_TRUE(run_until(rig.shard, [&] { return rig.notes.readable > 0; }));
  ASSERT_TRUE(test::send_all(rig.peer.get(), "b"));
  for (int i = 0; i < 10; ++i) rig.shard.run_ready();
  EXPECT_EQ(rig.notes.readable, 1);
}

TEST_P(SocketStreamTest, TellsBytesThatCameBeforeTheReadThatWouldBlock) {
  Rig rig(GetParam());
  ASSERT_TRUE(test::send_all(rig.peer.get(), "a"));
  error_code end;
  ASSERT_EQ(rig.read(end, 1), "a");
  // The next read only learns from the last one that there was no more, and must not miss this.
  ASSERT_TRUE(test::send_all(rig.peer.get(), "b"));
  EXPECT_EQ(rig.read(end, 1), "b");
}

TEST_P(SocketStreamTest, CarriesManyBytesWithBackpressure) {
  Rig rig(GetParam());
  const std::string sent = pattern(24 * 1024 * 1024);
  auto received = std::async(std::launch::async, [&] { return test::read_all(rig.peer.get()); });
  ASSERT_TRUE(rig.write(sent));
  EXPECT_GT(rig.notes.writable, 0) << "the socket never filled up: nothing was tested";
  rig.stream->half_close();
  EXPECT_TRUE(received.get() == sent);
}

TEST_P(SocketStreamTest, ReadsManyBytesInGrowingPieces) {
  Rig rig(GetParam());
  const std::string sent = pattern(24 * 1024 * 1024);
  std::thread sender([&] {
    test::send_all(rig.peer.get(), sent);
    ::shutdown(rig.peer.get(), SHUT_WR);
  });
  error_code end;
  const std::string received = rig.read(end);
  sender.join();
  EXPECT_TRUE(end_of_stream(end));
  EXPECT_TRUE(received == sent);
  EXPECT_EQ(rig.shard.pool().in_use(), 0u);
}

TEST_P(SocketStreamTest, LaysOutWhatItReadsInTheWantedShape) {
  Rig rig(GetParam());
  const std::string sent = pattern(40'000);
  ASSERT_TRUE(test::send_all(rig.peer.get(), sent));
  const ReadShape shape{.headroom = 40, .payload = 5000, .limit = 64 * 1024};
  BufferQueue queue;
  while (queue.size() < sent.size()) {
    const auto got = rig.stream->try_read(queue, shape);
    if (got.has_error()) {
      ASSERT_TRUE(run_until(rig.shard, [&] { return rig.notes.readable > 0; }));
    }
  }
  std::string received;
  while (queue.count() > 0) {
    const Buffer slice = queue.pop_front();
    EXPECT_GE(slice.headroom(), 40u);
    EXPECT_LE(slice.size(), 5000u);
    received += slice.text();
  }
  EXPECT_TRUE(received == sent);
}

TEST_P(SocketStreamTest, NeverAppendsMoreThanTheLimit) {
  Rig rig(GetParam());
  ASSERT_TRUE(test::send_all(rig.peer.get(), pattern(10'000)));
  BufferQueue queue;
  const auto got = rig.stream->try_read(queue, ReadShape{.limit = 1000});
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(*got, 1000u);
  EXPECT_EQ(queue.size(), 1000u);
}

TEST_P(SocketStreamTest, AFewBytesDoNotPinALargeBlock) {
  Rig rig(GetParam());
  ASSERT_TRUE(test::send_all(rig.peer.get(), "few"));
  BufferQueue queue;
  ASSERT_TRUE(rig.stream->try_read(queue, {}).has_value());
  EXPECT_LE(rig.shard.pool().in_use(), 4096u);
  EXPECT_EQ(queue.front().text(), "few");
}

TEST_P(SocketStreamTest, AnIdleStreamHoldsNoBlock) {
  Rig rig(GetParam());
  BufferQueue queue;
  EXPECT_TRUE(would_block(rig.stream->try_read(queue, {}).error()));
  EXPECT_EQ(rig.shard.pool().in_use(), 0u);
}

TEST_P(SocketStreamTest, WritesManySlicesInOrder) {
  Rig rig(GetParam());
  BufferQueue queue;
  std::string sent;
  for (int i = 0; i < 300; ++i) {
    const std::string piece = std::to_string(i) + ",";
    sent += piece;
    queue.push_back(rig.shard.pool().copy(piece));
  }
  const auto taken = rig.stream->try_write(queue);
  ASSERT_TRUE(taken.has_value());
  EXPECT_EQ(*taken, sent.size());
  EXPECT_TRUE(queue.empty());
  rig.stream->half_close();
  EXPECT_EQ(test::read_all(rig.peer.get()), sent);
}

TEST_P(SocketStreamTest, TakesNothingOfAnEmptyQueue) {
  Rig rig(GetParam());
  BufferQueue queue;
  const auto taken = rig.stream->try_write(queue);
  ASSERT_TRUE(taken.has_value());
  EXPECT_EQ(*taken, 0u);
}

TEST_P(SocketStreamTest, MayBeDestroyedInItsOwnCallback) {
  Rig rig(GetParam());
  struct Destroyer final : Stream::Observer {
    explicit Destroyer(Rig& its_rig) : rig(its_rig) {}
    void on_readable() override {
      called = true;
      rig.stream.reset();
    }
    void on_writable() override {}
    void on_closed(error_code) override {}
    Rig& rig;
    bool called = false;
  } destroyer(rig);
  rig.stream->observe(&destroyer);
  BufferQueue queue;
  EXPECT_TRUE(would_block(rig.stream->try_read(queue, {}).error()));
  ASSERT_TRUE(test::send_all(rig.peer.get(), "x"));
  ASSERT_TRUE(run_until(rig.shard, [&] { return destroyer.called; }));
  rig.shard.run_ready();
}

TEST_P(SocketStreamTest, SaysNothingToNobodyAndReadsOnForTheNextObserver) {
  Rig rig(GetParam());
  BufferQueue queue;
  EXPECT_TRUE(would_block(rig.stream->try_read(queue, {}).error()));
  rig.stream->observe(nullptr);
  ASSERT_TRUE(test::send_all(rig.peer.get(), "x"));
  for (int i = 0; i < 10; ++i) rig.shard.run_ready();
  EXPECT_EQ(rig.notes.readable, 0);
  rig.stream->observe(&rig.notes);
  error_code end;
  EXPECT_EQ(rig.read(end, 1), "x");
}

TEST_P(SocketStreamTest, SurvivesTheEndOfItsLoopWithWaitsUnderWay) {
  const std::size_t before = test::open_descriptors();
  {
    Rig rig(GetParam());
    BufferQueue queue;
    EXPECT_TRUE(would_block(rig.stream->try_read(queue, {}).error()));
    rig.stream.reset();
    // The aborted waits are still in the loop's queue here.
  }
  EXPECT_EQ(test::open_descriptors(), before);
}

TEST(LocalSocketStreamTest, KnowsWhatThePeerHasNotRead) {
  Rig rig(Family::local);
  EXPECT_EQ(rig.stream->unread_by_peer(), 0u);
  ASSERT_TRUE(rig.write("hello"));
  EXPECT_GT(rig.stream->unread_by_peer(), 0u);
  char bytes[5];
  ASSERT_EQ(::recv(rig.peer.get(), bytes, sizeof bytes, MSG_WAITALL), 5);
  EXPECT_EQ(rig.stream->unread_by_peer(), 0u);
}

TEST(TcpSocketStreamTest, CannotKnowWhatThePeerHasNotRead) {
  Rig rig(Family::tcp);
  EXPECT_EQ(rig.stream->unread_by_peer(), std::nullopt);
}

TEST_P(SocketStreamTest, TellsWhatOfItsBytesHasArrived) {
  Rig rig(GetParam());
  ASSERT_TRUE(rig.write("hello"));
  EXPECT_EQ(rig.stream->delivery()->taken, 5u);
  ASSERT_TRUE(run_until(rig.shard, [&] { return rig.stream->delivery()->delivered == 5; }));
}

TEST(TcpSocketStreamTest, TellsThatWhatNobodyTakesHasNotArrived) {
  Rig rig(Family::tcp);
  BufferQueue queue;
  while (rig.stream->try_write(queue)) {
    if (queue.empty()) queue.push_back(rig.shard.pool().copy(pattern(256 * 1024)));
  }
  const auto progress = rig.stream->delivery();
  ASSERT_TRUE(progress);
  EXPECT_LT(progress->delivered, progress->taken);
}

INSTANTIATE_TEST_SUITE_P(Families, SocketStreamTest, ::testing::Values(Family::tcp, Family::local),
                         [](const auto& family) { return family.param == Family::tcp ? "Tcp" : "Local"; });

}  // namespace
}  // namespace konduit::socket
