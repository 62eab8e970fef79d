#include <gmock/gmock.h>
#include <malloc.h>

#include "konduit/testkit/stream_user.hpp"
#include "raw_peer.hpp"
#include "tls_fixture.hpp"

namespace konduit::tls_test {
namespace {

using testing::HasSubstr;
using testkit::pattern;
using testkit::StreamUser;

class TlsStream : public testing::Test {
 protected:
  void connect(testkit::MemoryStreamSettings server_settings = {}, testkit::MemoryStreamSettings client_settings = {}) {
    pair = std::make_unique<Pair>(shard, server_settings, client_settings);
    shake();
  }
  void shake() {
    ASSERT_TRUE(pair->shake());
    ASSERT_TRUE(pair->server.ok()) << pair->server.text;
    ASSERT_TRUE(pair->client.ok()) << pair->client.text;
    server = std::make_unique<StreamUser>(shard, std::move(pair->server.session().stream));
    client = std::make_unique<StreamUser>(shard, std::move(pair->client.session().stream));
  }
  void TearDown() override {
    server.reset();
    client.reset();
    pair.reset();
    shard.run_ready();
    EXPECT_EQ(shard.pool().in_use(), 0u) << "blocks are left behind";
  }
  bool until(const std::function<bool()>& done) { return testkit::run_until(shard, done); }
  void settle() {
    for (int i = 0; i < 10; ++i) shard.run_ready();
  }

  Shard shard;
  std::unique_ptr<Pair> pair;
  std::unique_ptr<StreamUser> server;
  std::unique_ptr<StreamUser> client;
};

TEST_F(TlsStream, TellsHowFarItsRecordsHaveGot) {
  pair = std::make_unique<Pair>(shard, testkit::MemoryStreamSettings{.window = 1024 * 1024});
  pair->slow_server(4 * 1024 * 1024);
  shake();
  const auto progress = [&] { return *server->stream().delivery(); };
  const std::uint64_t before = progress().taken;
  client->receive();
  server->send(pattern(300'000));
  EXPECT_GE(progress().taken, before + 300'000) << "what waits to be sent counts too";
  EXPECT_LT(progress().delivered, before + 100'000);
  ASSERT_TRUE(until([&] { return progress().delivered == progress().taken; }));
}

TEST_F(TlsStream, CannotTellWhatTheStreamBelowDoesNot) {
  connect();
  EXPECT_EQ(server->stream().delivery().has_value(), false);
}

TEST_F(TlsStream, SendsOneGatheredWriteATurn) {
  connect();
  client->receive();
  settle();
  const unsigned before = pair->server_inner->writes();
  for (int i = 0; i < 20; ++i) server->send(pattern(1'000, 1'000 * i));
  EXPECT_EQ(pair->server_inner->writes(), before) << "nothing is written before the turn's end";
  ASSERT_TRUE(until([&] { return client->received().size() == 20'000; }));
  EXPECT_EQ(pair->server_inner->writes(), before + 1);
  EXPECT_TRUE(client->received() == pattern(20'000));
}

TEST_F(TlsStream, WhatIsWrittenWhileOthersAreFlushedLeavesInTheSameWrite) {
  struct Late final : FlushHook {
    void flush() override { writer->send(pattern(500, 500)); }
    StreamUser* writer = nullptr;
  } late;
  connect();
  client->receive();
  settle();
  const unsigned before = pair->server_inner->writes();
  late.writer = server.get();
  server->send(pattern(500));
  shard.mark_dirty(late);
  ASSERT_TRUE(until([&] { return client->received() == pattern(1'000); }));
  EXPECT_EQ(pair->server_inner->writes(), before + 1);
}

TEST_F(TlsStream, GivesOpenSslsBuffersBackWhenItHasBeenQuiet) {
  shard.deadlines().fake_clock();
  connect();
  client->receive();
  const auto talk = [&] {
    server->send(pattern(100));
    settle();
  };
  for (int i = 0; i < 3; ++i) talk();
  const std::size_t busy = ::mallinfo2().uordblks;
  if (busy == 0) GTEST_SKIP() << "the allocator does not tell";
  talk();
  EXPECT_NEAR(static_cast<double>(::mallinfo2().uordblks), static_cast<double>(busy), 1'000);
  for (int i = 0; i < 3; ++i) {
    shard.deadlines().advance(std::chrono::seconds(1));
    settle();
  }
  EXPECT_LT(::mallinfo2().uordblks, busy - 2 * 16'000) << "a buffer of the writer and one of the reader";
}

TEST_F(TlsStream, PutsManySmallSlicesIntoOneRecord) {
  connect();
  BufferQueue slices;
  for (int i = 0; i < 100; ++i) slices.push_back(shard.pool().copy(pattern(100, 100 * i)));
  const auto taken = server->try_write(slices);
  ASSERT_TRUE(taken);
  EXPECT_EQ(*taken, 10'000u);
  EXPECT_LT(server->stream().queued(), 10'000u + 64) << "one record's overhead, not a hundred's";
  client->receive();
  ASSERT_TRUE(until([&] { return client->received() == pattern(10'000); }));
}

TEST_F(TlsStream, TakesNoMoreThanItMaySendAndResumesWhenTheFlushNeverBlocked) {
  // The stream below takes everything at once, so it never has a reason to say writable.
  connect({.window = 64 * 1024 * 1024});
  client->receive();
  const std::size_t total = 8 * 1024 * 1024;
  server->send(pattern(total));
  EXPECT_GT(server->unsent(), total / 2) << "the high water mark does not hold";
  EXPECT_LT(server->stream().queued(), 1024 * 1024u);
  ASSERT_TRUE(until([&] { return server->unsent() == 0; })) << "nobody resumed the writer";
  ASSERT_TRUE(until([&] { return client->received().size() == total; }));
  EXPECT_TRUE(client->received() == pattern(total));
}

TEST_F(TlsStream, KeepsNoBlockWhileItIsIdle) {
  connect();
  client->receive();
  server->receive();
  const std::size_t before = shard.pool().in_use();
  server->send(pattern(100'000));
  client->send(pattern(300));
  ASSERT_TRUE(until([&] { return client->received().size() == 100'000 && server->received().size() == 300; }));
  settle();
  EXPECT_EQ(shard.pool().in_use(), before);
  EXPECT_EQ(server->stream().queued() + client->stream().queued(), 0u);
  EXPECT_EQ(server->stream().unread() + client->stream().unread(), 0u);
}

TEST_F(TlsStream, LaysOutWhatItReadsAsTheReaderAsks) {
  connect();
  server->send(pattern(50'000));
  settle();
  BufferQueue slices;
  ASSERT_TRUE(client->try_read(slices, {.headroom = 40, .payload = 20'000, .limit = 45'000}));
  ASSERT_EQ(slices.count(), 3u);
  for (const std::size_t size : {20'000u, 20'000u, 5'000u}) {
    const Buffer slice = slices.pop_front();
    EXPECT_EQ(slice.size(), size);
    EXPECT_GE(slice.headroom(), 40u);
  }
}

TEST_F(TlsStream, TakesEndOfFileWithoutGoodbyeForTruncation) {
  connect();
  client->receive();
  server->send("half a mess");
  ASSERT_TRUE(until([&] { return client->received() == "half a mess"; }));
  pair->server_inner->half_close();
  ASSERT_TRUE(until([&] { return bool(client->read_end()); }));
  EXPECT_EQ(client->read_end(), StreamErrc::reset);
}

TEST_F(TlsStream, ForgivesAMissingGoodbyeOnceItHasSaidItsOwn) {
  connect();
  client->receive();
  ASSERT_TRUE(client->half_close());
  settle();
  pair->server_inner->half_close();
  ASSERT_TRUE(until([&] { return bool(client->read_end()); }));
  EXPECT_EQ(client->read_end(), StreamErrc::end_of_stream);
}

TEST_F(TlsStream, HalfCloseLeavesTheStreamBelowOpenUntilBothSaidGoodbye) {
  connect();
  server->receive();
  client->receive();
  client->send("question");
  ASSERT_TRUE(client->half_close());
  ASSERT_TRUE(until([&] { return server->read_end() == StreamErrc::end_of_stream; }));
  BufferQueue raw;
  const auto below = pair->server_inner->try_read(raw, {});
  ASSERT_TRUE(below.has_error());
  EXPECT_TRUE(would_block(below.error())) << "the client ended the stream below: " << below.error().message();

  server->send("answer");
  ASSERT_TRUE(server->half_close());
  ASSERT_TRUE(until([&] { return client->read_end() == StreamErrc::end_of_stream; }));
  EXPECT_EQ(client->received(), "answer");
  ASSERT_TRUE(until([&] {
    const auto end = pair->server_inner->try_read(raw, {});
    return end.has_error() && end_of_stream(end.error());
  }));
}

TEST_F(TlsStream, CloseWaitsForASlowPeerAndDeliversEverything) {
  connect({.window = 4 * 1024});
  server->send(pattern(200'000));
  ASSERT_EQ(server->unsent(), 0u);
  server->close();
  settle();
  EXPECT_EQ(server->closes(), 0u) << "the peer has not read yet";
  client->receive();
  ASSERT_TRUE(until([&] { return server->closes() == 1; }));
  EXPECT_FALSE(server->close_reason()) << server->close_reason().message();
  ASSERT_TRUE(until([&] { return bool(client->read_end()); }));
  EXPECT_TRUE(client->received() == pattern(200'000));
  EXPECT_EQ(client->read_end(), StreamErrc::end_of_stream);
}

TEST_F(TlsStream, NamesWhatIsWrongWithABrokenRecord) {
  connect();
  client->receive();
  BufferQueue noise;
  noise.push_back(
      shard.pool().copy(std::string_view("\x17\x03\x03\x00\x20 this record was not made by the peer....", 45)));
  ASSERT_TRUE(pair->server_inner->try_write(noise));
  ASSERT_TRUE(until([&] { return bool(client->read_end()); }));
  EXPECT_THAT(client->read_end().message(), HasSubstr("bad record mac"));
  server->receive();
  ASSERT_TRUE(until([&] { return bool(server->read_end()); }));
  EXPECT_THAT(server->read_end().message(), HasSubstr("alert bad record mac")) << "the peer was not told";
}

TEST_F(TlsStream, TellsAWriterWhenTheStreamBelowFails) {
  connect();
  pair->server_inner->fail_write_after(100, StreamErrc::hangup);
  server->send(pattern(1'000));
  ASSERT_TRUE(until([&] { return server->closes() == 1; }));
  EXPECT_EQ(server->close_reason(), StreamErrc::hangup);
}

TEST_F(TlsStream, RemembersAHangupThatNobodyWatched) {
  connect();
  server->observe(false);
  pair->server_inner->hang_up();
  settle();
  EXPECT_EQ(server->closes(), 0u);
  server->observe(true);
  ASSERT_TRUE(until([&] { return server->closes() == 1; }));
  EXPECT_EQ(server->close_reason(), StreamErrc::hangup);
}

class AgainstOpenSsl : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    auto ends = testkit::MemoryStream::make_pair(shard);
    peer = std::make_unique<RawPeer>(shard, std::move(ends.second), GetParam());
    tasks.spawn(accept(this, std::move(ends.first)));
    ASSERT_TRUE(testkit::run_until(shard, [&] {
      const bool through = peer->advance();
      return through && server != nullptr;
    }));
    server->receive();
  }
  void TearDown() override { testkit::await(shard, tasks.join()); }

  static awaitable<void> accept(AgainstOpenSsl* self, StreamPtr inner) {
    auto session = co_await tls_accept(self->shard, std::move(inner), TlsContext::server(files().server()),
                                       self->shard.now() + std::chrono::seconds(5), nullptr);
    if (session) self->server = std::make_unique<StreamUser>(self->shard, std::move(session->stream));
  }
  bool until(const std::function<bool()>& done) { return testkit::run_until(shard, done); }

  Shard shard;
  TaskGroup tasks{shard};
  std::unique_ptr<RawPeer> peer;
  std::unique_ptr<StreamUser> server;
};

TEST_P(AgainstOpenSsl, EchoesInBothDirections) {
  peer->write("ping");
  ASSERT_TRUE(until([&] { return server->received() == "ping"; }));
  server->send("pong");
  EXPECT_TRUE(until([&] { return peer->received() == "pong"; }));
}

class AgainstTls13 : public AgainstOpenSsl {};
class AgainstTls12 : public AgainstOpenSsl {};

TEST_P(AgainstTls13, FollowsAKeyUpdateAndAnswersIt) {
  for (int i = 1; i <= 3; ++i) {
    ASSERT_EQ(SSL_key_update(peer->ssl(), SSL_KEY_UPDATE_REQUESTED), 1);
    peer->write("x");
    ASSERT_TRUE(until([&] { return server->received().size() == static_cast<std::size_t>(i); }));
    server->send("y");
    ASSERT_TRUE(until([&] { return peer->received().size() == static_cast<std::size_t>(i); }));
  }
}

TEST_P(AgainstTls13, EndsAPeerThatSendsNothingButKeyUpdates) {
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_EQ(SSL_key_update(peer->ssl(), SSL_KEY_UPDATE_REQUESTED), 1);
    peer->advance();
  }
  ASSERT_TRUE(until([&] { return server->read_end().failed(); }));
  EXPECT_EQ(server->read_end(), StreamErrc::protocol);
}

TEST_P(AgainstTls13, EndsAPeerThatHidesKeyUpdatesBehindSingleBytes) {
  for (int i = 0; i < 1'000; ++i) {
    for (int update = 0; update < 3; ++update) {
      ASSERT_EQ(SSL_key_update(peer->ssl(), SSL_KEY_UPDATE_NOT_REQUESTED), 1);
      peer->advance();
    }
    peer->write("x");
  }
  ASSERT_TRUE(until([&] { return server->read_end().failed(); }));
  EXPECT_EQ(server->read_end(), StreamErrc::protocol);
  EXPECT_LT(server->received().size(), 100u);
}

TEST_P(AgainstTls13, FollowsAKeyUpdateWithEveryPieceOfALongTransfer) {
  const std::string piece = pattern(64 * 1024);
  std::string all;
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(SSL_key_update(peer->ssl(), SSL_KEY_UPDATE_REQUESTED), 1);
    peer->write(piece);
    all += piece;
    ASSERT_TRUE(until([&] {
      peer->received();
      return server->received().size() == all.size();
    })) << i;
  }
  EXPECT_TRUE(server->received() == all);
}

TEST_P(AgainstOpenSsl, ReadsManySmallRecordsWithoutHoldingTheLoop) {
  std::string all;
  for (int i = 0; i < 5'000; ++i) {
    peer->write("x");
    all += "x";
  }
  bool others = false;
  asio::post(shard.context(), [&] { others = true; });
  shard.run_turn(Duration::zero());
  EXPECT_TRUE(others);
  EXPECT_LT(server->received().size(), all.size()) << "one turn took all there was";
  ASSERT_TRUE(until([&] {
    peer->received();  // what its stream did not take at once goes on
    return server->received().size() == all.size();
  }));
}

TEST_P(AgainstTls12, RefusesToRenegotiate) {
  ASSERT_EQ(SSL_renegotiate(peer->ssl()), 1);
  peer->advance();
  EXPECT_TRUE(until([&] {
    peer->advance();
    return SSL_get_error(peer->ssl(), -1) == SSL_ERROR_SSL || server->read_end();
  }));
  EXPECT_FALSE(peer->advance());
}

std::string version_name(const testing::TestParamInfo<int>& version) {
  return version.param == TLS1_2_VERSION ? "Tls12" : "Tls13";
}

INSTANTIATE_TEST_SUITE_P(Versions, AgainstOpenSsl, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION), version_name);
INSTANTIATE_TEST_SUITE_P(Version, AgainstTls12, testing::Values(TLS1_2_VERSION), version_name);
INSTANTIATE_TEST_SUITE_P(Version, AgainstTls13, testing::Values(TLS1_3_VERSION), version_name);

}  // namespace
}  // namespace konduit::tls_test
