#include "connected_pair.hpp"

namespace konduit::http2 {
namespace {

using testing::ConnectedPair;
using testing::StreamUser;

class EndingTest : public ConnectedPair {
 protected:
  StreamId open(StreamUser& user) {
    const StreamId id = call(user);
    EXPECT_TRUE(run_until([&] { return !user.headers.empty(); }));
    return id;
  }
};

TEST_F(EndingTest, AResetReachesThePeerAndIsNotToldToItsAuthor) {
  connect();
  StreamUser user(client_.connection);
  const StreamId id = open(user);
  client_.connection->push(id, bytes("lost"));
  client_.connection->reset(id, ErrorCode::cancel);
  ASSERT_TRUE(run_until([&] { return serving(id).closed.has_value(); }));
  EXPECT_EQ(serving(id).closed, ErrorCode::cancel);
  EXPECT_EQ(user.closed_calls, 0);
  EXPECT_FALSE(client_.connection->push(id, bytes("late")));
  EXPECT_EQ(client_.connection->queued(id), 0u);
}

TEST_F(EndingTest, AResetAtAnyPointLeavesTheConnectionUsable) {
  for (const std::string_view when : {"headers", "data", "trailers", "end", "writable"}) {
    for (const bool serve : {false, true}) {
      client_.owned.reset();
      server_.owned.reset();
      server_.users.clear();
      Settings settings;
      settings.high_water = 20'000;
      settings.low_water = 1000;
      connect(settings, settings);
      StreamUser user(client_.connection);
      StreamId id = 0;
      const auto arm = [&](StreamUser& target, Connection*& connection) {
        target.on_event = [&, when](std::string_view event) {
          if (event == when) connection->reset(id, ErrorCode::cancel);
        };
        target.to_send = 100'000;
        target.finish_after = true;
      };
      server_.prepare = [&](StreamUser& target) {
        if (serve) arm(target, server_.connection);
        target.to_send = 100'000;
        target.finish_after = true;
      };
      if (!serve) arm(user, client_.connection);
      user.to_send = 100'000;
      user.finish_after = true;
      id = call(user);
      user.send(id);
      ASSERT_TRUE(run_until([&] { return client_.connection->streams() == 0 && server_.connection->streams() == 0; }))
          << when << serve;
      StreamUser next(client_.connection);
      server_.prepare = nullptr;
      const StreamId again = call(next);
      client_.connection->push(again, bytes("still here"));
      ASSERT_TRUE(run_until([&] { return server_.users.contains(again) && serving(again).text == "still here"; }));
      client_.owned.reset();
      server_.owned.reset();
    }
  }
}

TEST_F(EndingTest, ADetachedStreamStillSendsItsEnd) {
  connect();
  StreamUser user(client_.connection);
  const StreamId id = open(user);
  server_.connection->push(id, bytes("last words"));
  server_.connection->trailers(id, grpc_trailers({}));
  server_.connection->set_handler(id, nullptr);
  server_.users.clear();
  ASSERT_TRUE(run_until([&] { return user.closed.has_value(); }));
  EXPECT_EQ(user.text, "last words");
}

TEST_F(EndingTest, WhatComesForADetachedStreamIsDroppedAndGivenBack) {
  Settings small;
  small.stream_window = 1000;
  connect({}, small);
  StreamUser user(client_.connection);
  const StreamId id = open(user);
  server_.connection->set_handler(id, nullptr);
  user.to_send = 50'000;
  user.send(id);
  ASSERT_TRUE(run_until([&] { return client_.connection->queued(id) == 0 && user.sent == 50'000; }));
}

TEST_F(EndingTest, ADrainingServerFinishesItsStreamsAndCloses) {
  connect();
  StreamUser user(client_.connection);
  const StreamId id = open(user);
  server_.connection->drain();
  ASSERT_TRUE(run_until([&] { return client_.goaways.size() == 2; }));
  EXPECT_EQ(client_.goaways[0].first, 0x7fffffff);
  EXPECT_EQ(client_.goaways[1].first, id);
  EXPECT_FALSE(client_.connection->accepts_requests());
  client_.connection->push(id, bytes("goes on"));
  ASSERT_TRUE(run_until([&] { return serving(id).text == "goes on"; }));
  EXPECT_FALSE(server_.closed);
  server_.connection->trailers(id, grpc_trailers({}));
  ASSERT_TRUE(run_until([&] { return server_.closed.has_value() && client_.closed.has_value(); }));
  EXPECT_EQ(*server_.closed, error_code());
  EXPECT_EQ(user.closed, ErrorCode::no_error);
}

TEST_F(EndingTest, ARequestThatCrossesTheFirstGoawayIsServed) {
  connect();
  settle();
  server_stream_->hold();
  server_.connection->drain();
  settle();
  StreamUser user(client_.connection);
  const StreamId id = call(user);
  settle();
  server_stream_->release();
  ASSERT_TRUE(run_until([&] { return !user.headers.empty() && client_.goaways.size() == 2; }));
  EXPECT_EQ(client_.goaways[1].first, id);
  EXPECT_FALSE(user.closed);
}

TEST_F(EndingTest, ADrainingClientClosesWhenItsStreamsHaveEnded) {
  connect();
  StreamUser user(client_.connection);
  const StreamId id = open(user);
  client_.connection->drain();
  StreamUser late(client_.connection);
  EXPECT_EQ(call(late), 0);
  settle();
  EXPECT_FALSE(client_.closed);
  server_.connection->trailers(id, grpc_trailers({}));
  ASSERT_TRUE(run_until([&] { return client_.closed.has_value() && server_.closed.has_value(); }));
  EXPECT_EQ(*client_.closed, error_code());
}

TEST_F(EndingTest, AnIdleConnectionDrainsAtOnce) {
  connect();
  settle();
  server_.connection->drain();
  ASSERT_TRUE(run_until([&] { return server_.closed.has_value() && client_.closed.has_value(); }));
  EXPECT_EQ(*server_.closed, error_code());
}

TEST_F(EndingTest, CloseTellsItsReasonAndEveryStream) {
  connect();
  StreamUser user(client_.connection);
  const StreamId id = open(user);
  server_.connection->close(ErrorCode::internal_error, "out of luck");
  ASSERT_TRUE(run_until([&] { return client_.closed.has_value() && server_.closed.has_value(); }));
  EXPECT_EQ(client_.goaway_text, "out of luck");
  EXPECT_EQ(*client_.closed, make_error_code(StreamErrc::hangup));
  EXPECT_NE(client_.closed_text.find("INTERNAL_ERROR: out of luck"), std::string::npos) << client_.closed_text;
  EXPECT_EQ(user.closed, ErrorCode::cancel);
  EXPECT_EQ(serving(id).closed, ErrorCode::cancel);
  EXPECT_EQ(user.closed_calls, 1);
}

TEST_F(EndingTest, ALostConnectionEndsItsStreamsAndIsToldOnce) {
  connect();
  StreamUser user(client_.connection);
  const StreamId id = open(user);
  client_.owned.reset();
  ASSERT_TRUE(run_until([&] { return server_.closed.has_value(); }));
  EXPECT_EQ(server_.closed_calls, 1);
  EXPECT_NE(*server_.closed, error_code());
  EXPECT_EQ(serving(id).closed, ErrorCode::cancel);
  EXPECT_EQ(user.closed_calls, 0);
  EXPECT_EQ(server_.connection->streams(), 0u);
  EXPECT_FALSE(server_.connection->push(id, bytes("x")));
}

TEST_F(EndingTest, ARefusedWriteEndsTheConnection) {
  connect();
  StreamUser user(client_.connection);
  const StreamId id = open(user);
  client_stream_->fail_write_after(0, make_error_code(StreamErrc::reset));
  client_.connection->push(id, bytes("x"));
  ASSERT_TRUE(run_until([&] { return client_.closed.has_value(); }));
  EXPECT_EQ(*client_.closed, make_error_code(StreamErrc::reset));
  EXPECT_EQ(user.closed, ErrorCode::cancel);
}

TEST_F(EndingTest, WhatCameBeforeTheHangUpIsReadHoweverMuchItIs) {
  constexpr std::size_t kBytes = 2 * 1024 * 1024;
  constexpr std::size_t kAtOnce = 4 * 1024 * 1024;
  Settings settings;
  settings.stream_window = kAtOnce;
  settings.high_water = kAtOnce;
  connect(settings, settings, {.window = kAtOnce}, {.window = kAtOnce});
  StreamUser user(client_.connection);
  const StreamId id = open(user);
  user.to_send = kBytes;
  user.finish_after = true;
  user.send(id);
  client_stream_->hold();
  while (client_stream_->queued() < kBytes) shard_.run_turn(Duration::zero());
  client_stream_->release();
  client_stream_->close();
  ASSERT_TRUE(run_until([&] { return server_.closed.has_value(); }));
  EXPECT_EQ(serving(id).received, kBytes);
  EXPECT_TRUE(serving(id).ended);
}

TEST_F(EndingTest, WhatIsReadableOnlyBehindTheHangUpIsReadToo) {
  shard_.deadlines().fake_clock();
  connect();
  StreamUser user(client_.connection);
  const StreamId id = open(user);
  server_stream_->hang_up();
  settle();
  client_.connection->push(id, bytes("last words"));
  settle();
  EXPECT_EQ(serving(id).text, "last words");
  EXPECT_FALSE(server_.closed);
  shard_.deadlines().advance(std::chrono::seconds(2));
  ASSERT_TRUE(run_until([&] { return server_.closed.has_value(); })) << "nothing more came, and no end of it";
  EXPECT_EQ(*server_.closed, make_error_code(StreamErrc::hangup));
}

TEST_F(EndingTest, TheConnectionMayBeDestroyedWhenItHasClosed) {
  connect();
  StreamUser user(client_.connection);
  open(user);
  client_.destroy_on_closed = true;
  server_.owned.reset();
  ASSERT_TRUE(run_until([&] { return client_.closed.has_value(); }));
  EXPECT_EQ(client_.owned, nullptr);
  settle();
}

TEST_F(EndingTest, AStreamsEndMayResetTheOthersWithTheirUsersGone) {
  connect();
  auto first = std::make_unique<StreamUser>(client_.connection);
  auto second = std::make_unique<StreamUser>(client_.connection);
  const StreamId one = open(*first);
  const StreamId two = open(*second);
  const auto end_other = [&](StreamId other, std::unique_ptr<StreamUser>& user) {
    return [&, other](std::string_view event) {
      if (event != "closed") return;
      client_.connection->reset(other, ErrorCode::cancel);
      user.reset();
    };
  };
  first->on_event = end_other(two, second);
  second->on_event = end_other(one, first);
  server_.owned.reset();
  ASSERT_TRUE(run_until([&] { return client_.closed.has_value(); }));
  EXPECT_NE(first == nullptr, second == nullptr);
}

TEST_F(EndingTest, APeerThatDoesNotReadIsLeftAfterTheGrace) {
  shard_.deadlines().fake_clock();
  connect({}, {}, {}, {.window = 30'000});
  StreamUser user(client_.connection);
  const StreamId id = open(user);
  client_stream_->block_read(client_stream_->reads() + 1);
  server_stream_->hold();
  server_.connection->push(id, bytes(std::string(60'000, 'x')));
  settle();
  server_.connection->close(ErrorCode::no_error, "");
  settle();
  EXPECT_FALSE(server_.closed);
  shard_.deadlines().advance(std::chrono::seconds(6));
  ASSERT_TRUE(run_until([&] { return server_.closed.has_value(); }));
}

}  // namespace
}  // namespace konduit::http2
