#include "konduit/stream_pair.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "konduit/shard.hpp"
#include "konduit/testkit/run.hpp"
#include "konduit/testkit/stream_user.hpp"

namespace konduit {
namespace {

using testkit::StreamUser;

class StreamPairTest : public testing::Test {
 protected:
  void pump() {
    for (std::size_t handlers = 1; handlers > 0;) handlers = near_.run_ready() + far_.run_ready();
  }

  Shard near_;
  Shard far_{1};
};

TEST_F(StreamPairTest, WhatIsWrittenInOneTurnCrossesInOneMessage) {
  auto pair = make_stream_pair(near_, far_);
  StreamUser writer(near_, std::move(pair.first));
  StreamUser reader(far_, std::move(pair.second));
  reader.receive();
  for (int i = 0; i < 10; ++i) writer.send("piece");
  pump();
  EXPECT_EQ(reader.received().size(), 50u);
  EXPECT_EQ(far_.messages(), 1u);
  EXPECT_EQ(near_.messages(), 0u) << "a reader that keeps up needs no credit messages";
}

TEST_F(StreamPairTest, UnsharedBlocksAreHandedOverAndSharedOnesCopied) {
  auto pair = make_stream_pair(near_, far_);
  BufferQueue out, in;
  Buffer unshared = near_.pool().copy("unshared");
  Buffer shared = near_.pool().copy("shared");
  const std::byte* unshared_bytes = unshared.data();
  out.push_back(std::move(unshared));
  out.push_back(shared);
  ASSERT_TRUE(pair.first->try_write(out));
  pump();
  ASSERT_TRUE(pair.second->try_read(in, {}));
  EXPECT_EQ(in.at(0).data(), unshared_bytes);
  EXPECT_NE(in.at(1).data(), shared.data());
  EXPECT_EQ(in.at(1).text(), "shared");
  EXPECT_TRUE(shared.unique());
}

TEST_F(StreamPairTest, TheWindowBoundsWhatIsUnderWay) {
  auto pair = make_stream_pair(near_, far_, 1000);
  StreamUser writer(near_, std::move(pair.first));
  StreamUser reader(far_, std::move(pair.second));
  writer.send(testkit::pattern(5000));
  pump();
  EXPECT_EQ(writer.unsent(), 4000u);
  EXPECT_EQ(writer.stream().queued(), 1000u);
  EXPECT_EQ(writer.writables(), 0u);
  reader.receive();
  pump();
  EXPECT_EQ(writer.unsent(), 0u);
  EXPECT_TRUE(reader.received() == testkit::pattern(5000));
  EXPECT_EQ(writer.stream().queued(), 0u);
}

TEST_F(StreamPairTest, BytesThatComeOneByOneHoldLittleMoreMemoryThanOthers) {
  for (Shard* second : {&far_, &near_}) {
    auto pair = make_stream_pair(near_, *second);
    StreamUser writer(near_, std::move(pair.first));
    StreamUser reader(*second, std::move(pair.second));
    const std::string bytes = testkit::pattern(20'000);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      writer.send(bytes.substr(at, 1));
      pump();
    }
    EXPECT_LT(near_.pool().in_use() + far_.pool().in_use(), 2 * bytes.size());
    reader.receive();
    pump();
    EXPECT_TRUE(reader.received() == bytes);
    EXPECT_EQ(near_.pool().in_use() + far_.pool().in_use(), 0u);
  }
}

TEST_F(StreamPairTest, SmallAndLargePiecesKeepTheirOrderWhileNobodyReads) {
  auto pair = make_stream_pair(near_, far_);
  StreamUser writer(near_, std::move(pair.first));
  StreamUser reader(far_, std::move(pair.second));
  const std::string bytes = testkit::pattern(200'000);
  std::size_t at = 0;
  for (const std::size_t size : {1, 300, 5'000, 1, 1, 700, 700, 1'024, 1'025, 90'000, 3, 16'384, 1'000, 2}) {
    writer.send(bytes.substr(at, size));
    pump();
    at += size;
  }
  reader.receive();
  pump();
  EXPECT_TRUE(reader.received() == bytes.substr(0, at));
}

/// One end on its own thread: sends everything, half-closes, and stops its shard when it has heard the end of the
/// other.
class End {
 public:
  End(Shard& shard, StreamPtr stream, std::string sent)
      : shard_(shard), user_(shard, std::move(stream)), sent_(std::move(sent)) {}

  void begin() {
    user_.when_readable = [this] { look(); };
    user_.when_writable = [this] { look(); };
    user_.receive();
    user_.send(sent_);
    look();
  }

  const StreamUser& user() const { return user_; }

 private:
  void look() {
    if (user_.unsent() == 0 && !half_closed_) half_closed_ = user_.half_close();
    if (half_closed_ && user_.read_end()) shard_.stop();
  }

  Shard& shard_;
  StreamUser user_;
  const std::string sent_;
  bool half_closed_ = false;
};

TEST_F(StreamPairTest, CarriesBytesBothWaysBetweenTwoThreads) {
  constexpr std::size_t kSize = 8 * 1024 * 1024;
  auto pair = make_stream_pair(near_, far_, 100'000);
  End near_end(near_, std::move(pair.first), testkit::pattern(kSize));
  End far_end(far_, std::move(pair.second), testkit::pattern(kSize, 77));
  near_.post([&] { near_end.begin(); });
  far_.post([&] { far_end.begin(); });
  std::thread far_thread([&] { far_.run(); });
  near_.run();
  far_thread.join();
  EXPECT_EQ(near_end.user().read_end(), StreamErrc::end_of_stream);
  EXPECT_EQ(far_end.user().read_end(), StreamErrc::end_of_stream);
  EXPECT_TRUE(near_end.user().received() == testkit::pattern(kSize, 77));
  EXPECT_TRUE(far_end.user().received() == testkit::pattern(kSize));
}

}  // namespace
}  // namespace konduit
