#include "socket/lingerer.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <memory>
#include <string>
#include <vector>

#include "konduit/task_group.hpp"
#include "loopback.hpp"

namespace konduit::socket {
namespace {

using test::run_until;

/// Sockets of one shard that were closed while their peers may still send.
struct Closed {
  explicit Closed(Shard& its_shard) : shard(its_shard) {}

  void add() {
    auto ends = test::tcp_ends();
    error_code failure;
    auto stream = SocketStream::make(shard, std::move(ends.first), Family::tcp, failure);
    BufferQueue queue;
    queue.push_back(shard.pool().copy("last words"));
    stream->try_write(queue);
    stream->close();
    peers.push_back(std::move(ends.second));
  }

  Shard& shard;
  std::vector<FileDescriptor> peers;
};

TEST(Lingerer, DiscardsWhatThePeerStillSendsUntilItEnds) {
  const std::size_t before = test::open_descriptors();
  Shard shard;
  Closed closed(shard);
  const std::size_t with_shard = test::open_descriptors();
  closed.add();
  const int peer = closed.peers[0].get();
  ASSERT_TRUE(test::send_all(peer, std::string(100'000, 'x')));
  shard.run_ready();
  EXPECT_EQ(Lingerer::of(shard).size(), 1u);
  int error = 0;
  EXPECT_EQ(test::read_all(peer, &error), "last words");
  EXPECT_EQ(error, 0);
  closed.peers.clear();
  ASSERT_TRUE(run_until(shard, [&] { return Lingerer::of(shard).size() == 0; }));
  EXPECT_EQ(test::open_descriptors(), with_shard);
  EXPECT_LE(before, with_shard);
}

TEST(Lingerer, LooksOnceMoreWhenTheNextOneComesOrSoonAfter) {
  Shard shard;
  shard.deadlines().fake_clock();
  Closed closed(shard);
  closed.add();
  closed.peers.clear();
  shard.deadlines().advance(Lingerer::kSoon);
  closed.add();
  EXPECT_EQ(Lingerer::of(shard).size(), 1u) << "the first one's peer has ended by now";
  closed.peers.clear();
  shard.deadlines().advance(Lingerer::kLatest);
  shard.run_ready();
  EXPECT_EQ(Lingerer::of(shard).size(), 0u);
}

TEST(Lingerer, WatchesWhoHasNotEndedByThen) {
  Shard shard;
  shard.deadlines().fake_clock();
  Closed closed(shard);
  closed.add();
  shard.deadlines().advance(Lingerer::kLatest);
  shard.run_ready();
  EXPECT_EQ(Lingerer::of(shard).size(), 1u);
  closed.peers.clear();
  EXPECT_TRUE(run_until(shard, [&] { return Lingerer::of(shard).size() == 0; })) << "the loop did not tell";
}

TEST(Lingerer, LosesPatienceWithAPeerThatNeverEnds) {
  Shard shard;
  shard.deadlines().fake_clock();
  Closed closed(shard);
  closed.add();
  shard.deadlines().advance(Lingerer::kPatience / 2);
  shard.run_ready();
  closed.add();
  EXPECT_EQ(Lingerer::of(shard).size(), 2u);
  shard.deadlines().advance(Lingerer::kPatience / 2);
  shard.run_ready();
  EXPECT_EQ(Lingerer::of(shard).size(), 1u);
  shard.deadlines().advance(Lingerer::kPatience / 2);
  shard.run_ready();
  EXPECT_EQ(Lingerer::of(shard).size(), 0u);
}

TEST(Lingerer, LetsTheOldestGoWhenThereAreTooMany) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit wanted{.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &wanted), 0);
  if (limit.rlim_max < 2 * Lingerer::kMost + 100) GTEST_SKIP() << "only " << limit.rlim_max << " descriptors allowed";
  Shard shard;
  shard.deadlines().fake_clock();
  Closed closed(shard);
  for (std::size_t i = 0; i < Lingerer::kMost + 1; ++i) closed.add();
  EXPECT_EQ(Lingerer::of(shard).size(), Lingerer::kMost);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
}

TEST(Lingerer, TellsWhenTheLastOneIsGone) {
  Shard shard;
  Closed closed(shard);
  closed.add();
  closed.add();
  TaskGroup waiting(shard);
  waiting.spawn(Lingerer::of(shard).settled(TimePoint::max()));
  closed.peers.pop_back();
  ASSERT_TRUE(run_until(shard, [&] { return Lingerer::of(shard).size() == 1; }));
  EXPECT_EQ(waiting.size(), 1u);
  closed.peers.clear();
  EXPECT_TRUE(run_until(shard, [&] { return waiting.size() == 0; }));
  EXPECT_EQ(Lingerer::of(shard).size(), 0u);
}

TEST(Lingerer, IsWaitedForUntilADeadlineAtMost) {
  Shard shard;
  shard.deadlines().fake_clock();
  Closed closed(shard);
  closed.add();
  TaskGroup waiting(shard);
  waiting.spawn(Lingerer::of(shard).settled(shard.now() + Lingerer::kPatience / 2));
  shard.run_ready();
  EXPECT_EQ(waiting.size(), 1u);
  shard.deadlines().advance(Lingerer::kPatience / 2);
  EXPECT_TRUE(run_until(shard, [&] { return waiting.size() == 0; }));
  EXPECT_EQ(Lingerer::of(shard).size(), 1u);
}

TEST(Lingerer, IsNotWaitedForWhereNothingLingers) {
  Shard shard;
  TaskGroup waiting(shard);
  waiting.spawn(Lingerer::of(shard).settled(TimePoint::max()));
  shard.run_ready();
  EXPECT_EQ(waiting.size(), 0u);
}

TEST(Lingerer, EndsWithItsLoop) {
  const std::size_t before = test::open_descriptors();
  {
    Shard shard;
    Closed closed(shard);
    closed.add();
    EXPECT_EQ(Lingerer::of(shard).size(), 1u);
  }
  EXPECT_EQ(test::open_descriptors(), before);
}

TEST(Lingerer, DoesNotKeepALocalSocketWhosePeerSeesItsCloseAnyway) {
  Shard shard;
  auto ends = test::local_ends();
  ::shutdown(ends.first.get(), SHUT_WR);
  ASSERT_TRUE(test::send_all(ends.second.get(), "unread"));
  Lingerer::of(shard).take(std::move(ends.first), true);
  EXPECT_EQ(Lingerer::of(shard).size(), 0u);
  int error = 0;
  EXPECT_EQ(test::read_all(ends.second.get(), &error), "");
  EXPECT_EQ(error, 0);
}

}  // namespace
}  // namespace konduit::socket
