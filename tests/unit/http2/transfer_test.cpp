#include <string>

#include "connected_pair.hpp"

namespace konduit::http2 {
namespace {

using testing::ConnectedPair;
using testing::StreamUser;
using testkit::MemoryStreamSettings;

constexpr std::size_t kMegabyte = 1024 * 1024;

Settings windows(std::uint32_t stream, std::uint32_t connection) {
  Settings settings;
  settings.stream_window = stream;
  settings.connection_window = connection;
  return settings;
}

class TransferTest : public ConnectedPair {
 protected:
  // Sends `size` bytes both ways on one stream and checks every one of them.
  void exchange(std::size_t size, std::size_t headroom = 9, std::size_t piece = 16 * 1024 - 9) {
    StreamUser user(client_.connection);
    user.to_send = size;
    user.headroom = headroom;
    user.piece = piece;
    user.finish_after = true;
    user.text_kept = false;
    server_.prepare = [&](StreamUser& serving) {
      serving.to_send = size;
      serving.headroom = headroom;
      serving.piece = piece;
      serving.finish_after = true;
      serving.text_kept = false;
    };
    const StreamId id = call(user);
    user.send(id);
    ASSERT_TRUE(run_until([&] { return user.closed.has_value() && server_.users.contains(id) && serving(id).closed; }))
        << user.sent << " sent, " << user.received << " received";
    EXPECT_EQ(user.received, size);
    EXPECT_EQ(serving(id).received, size);
    EXPECT_TRUE(user.matches);
    EXPECT_TRUE(serving(id).matches);
    EXPECT_EQ(user.closed, ErrorCode::no_error);
    EXPECT_EQ(client_.connection->streams(), 0u);
    EXPECT_EQ(server_.connection->streams(), 0u);
  }
};

TEST_F(TransferTest, LargeWindowsCarry64MiBBothWays) {
  connect(windows(kMegabyte, 4 * kMegabyte), windows(kMegabyte, 4 * kMegabyte), {.window = kMegabyte},
          {.window = kMegabyte});
  exchange(64 * kMegabyte);
}

TEST_F(TransferTest, StockWindowsCarry64MiBBothWays) {
  connect(windows(65'535, 65'535), windows(65'535, 65'535));
  exchange(64 * kMegabyte);
}

TEST_F(TransferTest, ASmallWindowPeerGetsEverything) {
  connect(windows(100, 65'535), windows(100, 65'535));
  exchange(64 * 1024);
}

TEST_F(TransferTest, WindowsOfTheConnectionGivenBackByHandCarryEverything) {
  Settings settings = windows(64 * 1024, 65'535);
  settings.free_connection_window = false;
  connect(settings, settings);
  exchange(4 * kMegabyte);
}

TEST_F(TransferTest, BytesOneByOneGiveTheSame) {
  connect({}, {}, {.read_limit = 1, .write_limit = 1}, {.read_limit = 1, .write_limit = 1});
  exchange(8 * 1024);
}

TEST_F(TransferTest, SlicesOfAnySizeAndHeadroomGiveTheSame) {
  connect();
  exchange(kMegabyte, 0, 16 * 1024 - 9);
}

TEST_F(TransferTest, ManySmallSlicesGiveTheSame) {
  connect();
  exchange(256 * 1024, 9, 37);
}

TEST_F(TransferTest, LargeSlicesAreCutIntoFrames) {
  connect();
  exchange(4 * kMegabyte, 9, 300'000);
}

// The inner stream takes little, and what is left is drained without another push.
TEST_F(TransferTest, ASlowStreamIsResumedWhenItDrains) {
  connect(windows(kMegabyte, kMegabyte), windows(kMegabyte, kMegabyte), {.window = 3000}, {.window = 3000});
  exchange(2 * kMegabyte);
}

TEST_F(TransferTest, ASourcePausedByAFullQueueIsToldWhenTheFlushEmptiesIt) {
  Settings settings = windows(8 * kMegabyte, 8 * kMegabyte);
  settings.high_water = 64 * 1024;
  settings.low_water = 16 * 1024;
  connect(settings, settings, {.window = 16 * kMegabyte}, {.window = 16 * kMegabyte});
  StreamUser user(client_.connection);
  user.to_send = 4 * kMegabyte;
  user.text_kept = false;
  const StreamId id = call(user);
  settle();
  user.send(id);
  ASSERT_FALSE(client_.connection->writable(id));
  ASSERT_TRUE(run_until([&] { return serving(id).received == user.to_send; }));
  EXPECT_GT(user.writable_calls, 4);
}

TEST_F(TransferTest, APingLeavesAlsoWhereTheOutputIsAlwaysFull) {
  Settings settings = windows(8 * kMegabyte, 8 * kMegabyte);
  settings.output = 10'000;
  connect(settings, settings, {.window = 3000}, {.window = 3000});
  StreamUser user(client_.connection);
  user.to_send = 4 * kMegabyte;
  user.text_kept = false;
  const StreamId id = call(user);
  user.send(id);
  ASSERT_TRUE(run_until([&] { return server_.users.contains(id) && serving(id).received > 100'000; }));
  client_.connection->ping(7);
  ASSERT_TRUE(run_until([&] { return !client_.pongs.empty(); }));
  EXPECT_LT(serving(id).received, 200'000u);
}

TEST_F(TransferTest, AStreamThatIsNotConsumedStopsAloneAndResumes) {
  connect(windows(65'535, kMegabyte), windows(65'535, kMegabyte));
  StreamUser stalled(client_.connection);
  StreamUser running(client_.connection);
  stalled.hold = true;
  server_.prepare = [](StreamUser& serving) {
    serving.to_send = 4 * kMegabyte;
    serving.text_kept = false;
  };
  const StreamId held = call(stalled);
  call(running);
  ASSERT_TRUE(run_until([&] { return running.received == 4 * kMegabyte; }));
  EXPECT_EQ(stalled.received, 65'535u);
  stalled.hold = false;
  stalled.release(held);
  ASSERT_TRUE(run_until([&] { return stalled.received == 4 * kMegabyte; }));
  EXPECT_TRUE(stalled.matches);
}

TEST_F(TransferTest, WithoutAFreeConnectionWindowAHeldStreamBoundsTheWholeConnection) {
  Settings settings = windows(65'535, 65'535);
  settings.free_connection_window = false;
  connect(settings, {});
  StreamUser stalled(client_.connection);
  StreamUser waiting(client_.connection);
  stalled.hold = true;
  server_.prepare = [](StreamUser& serving) { serving.to_send = 200'000; };
  const StreamId held = call(stalled);
  ASSERT_TRUE(run_until([&] { return stalled.received == 65'535; }));
  call(waiting);
  settle();
  EXPECT_EQ(waiting.received, 0u);
  client_.connection->reset(held, ErrorCode::cancel);
  ASSERT_TRUE(run_until([&] { return waiting.received == 200'000; }));
}

TEST_F(TransferTest, DataIsASliceOfTheReadBlockAndSentInPlace) {
  connect();
  StreamUser user(client_.connection);
  const StreamId id = call(user);
  settle();
  Buffer payload = bytes(std::string(5000, 'x'));
  const std::byte* where = payload.data();
  const std::byte* seen = nullptr;
  class Watcher final : public StreamHandler {
   public:
    explicit Watcher(const std::byte*& where_seen) : seen_(where_seen) {}
    void on_headers(StreamId, const Headers&, bool) override {}
    void on_data(StreamId, Buffer data) override { seen_ = data.data(); }
    void on_trailers(StreamId, const Headers&) override {}
    void on_end(StreamId) override {}
    void on_writable(StreamId) override {}
    void on_closed(StreamId, ErrorCode) override {}

   private:
    const std::byte*& seen_;
  } watcher(seen);
  server_.connection->set_handler(id, &watcher);
  client_.connection->push(id, std::move(payload));
  ASSERT_TRUE(run_until([&] { return seen != nullptr; }));
  EXPECT_EQ(seen, where);
  server_.connection->set_handler(id, nullptr);
}

TEST_F(TransferTest, BlocksAreReusedInSteadyState) {
  connect(windows(kMegabyte, kMegabyte), windows(kMegabyte, kMegabyte));
  StreamUser user(client_.connection);
  user.to_send = 4 * kMegabyte;
  user.text_kept = false;
  server_.prepare = [](StreamUser& serving) { serving.text_kept = false; };
  const StreamId id = call(user);
  user.send(id);
  ASSERT_TRUE(run_until([&] { return server_.users.contains(id) && serving(id).received == user.to_send; }));
  const auto before = shard_.pool().allocations();
  user.to_send *= 4;
  user.send(id);
  ASSERT_TRUE(run_until([&] { return serving(id).received == user.to_send; }));
  EXPECT_EQ(shard_.pool().allocations(), before);
}

}  // namespace
}  // namespace konduit::http2
