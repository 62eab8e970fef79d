#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "features_fixture.hpp"

// What tunnels hold while nobody reads them, and who lets go of it when the process has none left.
namespace konduit::transport_grpc {
namespace {

using namespace std::chrono_literals;
using testkit::pattern;
using testkit::StreamUser;

class MemoryTest : public FeaturesFixture {
 protected:
  /// Begins anew with a budget of `limit` for a thousand tunnels.
  void limit_memory(std::size_t limit) {
    station_.reset();
    // The budget must be there before the component is.
    station_ = std::make_unique<AgentsStation>(shard_, nodes::agents(), nullptr,
                                               std::make_unique<MemoryBudget>(limit, 1000, shards_));
  }
  void pass(int seconds) {
    for (int second = 0; second < seconds; ++second) {
      shard_.deadlines().advance(1s);
      settle();
    }
  }
  std::size_t read(StreamUser& tunnel, std::uint32_t most) {
    BufferQueue bytes;
    ReadShape shape;
    shape.limit = most;
    const auto got = tunnel.try_read(bytes, shape);
    return got ? *got : 0;
  }
  /// Sends and reads until the tunnel has earned a window of more than `bytes`; nothing is left unread.
  void widen(RawPeer& agent, StreamUser& tunnel, std::int64_t id, std::size_t bytes) {
    for (int round = 0; round < 1000 && tunnel_window(agent, id) <= bytes; ++round) {
      const std::string piece = pattern(16'000);
      agent.send_data(id, piece);
      sent_[id] += piece.size();
      settle();
      while (read(tunnel, 1'000'000) > 0) settle();
    }
    ASSERT_GT(tunnel_window(agent, id), bytes);
  }
  /// What the agent may still send.
  std::size_t tunnel_window(RawPeer& agent, std::int64_t id) {
    return static_cast<std::size_t>(share() + agent.of().credit[id]) - sent_[id];
  }
  /// A packet that lies in a block which is mostly empty.
  void send_in_large_block(RawPeer& agent, std::int64_t id, std::string_view bytes) {
    Buffer block = shard_.pool().allocate(BlockPool::kLarge, proto::kDataHeadroom);
    std::copy_n(reinterpret_cast<const std::byte*>(bytes.data()), bytes.size(), block.data());
    block.truncate(bytes.size());
    BufferQueue out;
    proto::encode_data(shard_.pool(), out, id, std::move(block));
    while (out.count() > 0) agent.push(out.pop_front());
  }

  const std::array<Shard*, 1> shards_{&shard_};
  std::map<std::int64_t, std::size_t> sent_;
};

TEST_F(MemoryTest, WhoeverHoldsMoreThanItsShareIsEndedWhenTheBudgetIsUsedUp) {
  limit_memory(300'000);
  auto agent = join();
  auto hoarder = StreamUser(shard_, tunnel_stream(*agent, 7));
  auto modest = StreamUser(shard_, tunnel_stream(*agent, 8));
  modest.receive();
  for (int i = 0; i < 60 && cut("memory_budget") == 0; ++i) {
    agent->send_data(7, std::string(16'000, 'x'));
    agent->send_data(8, std::string(1'000, 'y'));
    settle();
  }
  EXPECT_EQ(cut("memory_budget"), 1u);
  ASSERT_TRUE(until([&] { return hoarder.closes() == 1; }));
  EXPECT_EQ(hoarder.close_reason(), make_error_code(StreamErrc::overloaded));
  EXPECT_EQ(modest.closes(), 0u);
  EXPECT_LE(station_->host.budget().in_use(), 1'000'000u);
}

TEST_F(MemoryTest, AStockClientIsEndedLikeAnAgentWhenItHoldsMoreThanItsShareOfAUsedUpBudget) {
  ProxyStation proxy(shard_, std::make_unique<MemoryBudget>(300'000, 1000, shards_));
  const auto ended = [&] {
    return proxy.host.metrics().counted("konduit_tunnels_cut_total", {{"reason", "memory_budget"}});
  };
  RawPeer client(shard_, proxy.connect(), http2::Role::client);
  client.call("/ProxyService/Proxy");
  client.send(dial_request(5, "10.0.0.1:443"));
  ASSERT_TRUE(until([&] { return proxy.dialer.dials.size() == 1; }));
  proxy.dialer.dials[0]->succeed();
  ASSERT_TRUE(until([&] { return client.count(DIAL_RSP) == 1; }));
  const std::int64_t id = client.heard(DIAL_RSP).packet.dialresponse().connectid();
  StreamUser target(shard_, std::move(proxy.dialer.dials[0]->spliced));
  for (int i = 0; i < 60 && ended() == 0; ++i) {
    client.send_data(id, std::string(16'000, 'x'));
    settle();
  }
  EXPECT_EQ(ended(), 1u);
  ASSERT_TRUE(until([&] { return target.closes() == 1; }));
  EXPECT_EQ(target.close_reason(), make_error_code(StreamErrc::overloaded));
  EXPECT_LE(proxy.host.budget().in_use(), 1'000'000u);
}

TEST_F(MemoryTest, BytesThatComeOneByOneHoldNoMoreMemoryThanOthers) {
  auto agent = join_with("credit/1");
  auto tunnel = tunnel_with(*agent, 7);
  settle();
  const std::size_t before = shard_.pool().in_use();
  const std::string bytes = pattern(static_cast<std::size_t>(std::min<std::int64_t>(share(), 60'000)));
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    agent->send_data(7, bytes.substr(at, 1));
    if (at % 100 == 0) settle();
  }
  settle();
  EXPECT_LT(shard_.pool().in_use() - before, 2 * bytes.size());
  tunnel->receive();
  ASSERT_TRUE(until([&] { return tunnel->received().size() == bytes.size(); }));
  EXPECT_TRUE(tunnel->received() == bytes);
}

TEST_F(MemoryTest, APieceThatLiesInALargeBlockHoldsNoMoreThanItsBytesWhereMemoryIsScarce) {
  constexpr std::size_t kBudget = 8 * 1024 * 1024;
  constexpr std::size_t kPieces = 6;
  limit_memory(kBudget);
  auto agent = join_with("credit/1");
  std::vector<std::unique_ptr<StreamUser>> tunnels;
  for (std::int64_t id = 0; id < 40; ++id) tunnels.push_back(tunnel_with(*agent, id + 1));
  const std::string bytes = pattern(kPieces * 2'000);
  for (std::size_t piece = 0; piece < kPieces; ++piece) {
    for (std::size_t index = 0; index < tunnels.size(); ++index) {
      send_in_large_block(*agent, static_cast<std::int64_t>(index) + 1, bytes.substr(piece * 2'000, 2'000));
      settle();
    }
  }
  EXPECT_LT(station_->host.budget().in_use(), kBudget);
  EXPECT_EQ(cut("memory_budget"), 0u);
  for (auto& tunnel : tunnels) {
    tunnel->receive();
    ASSERT_TRUE(until([&] { return tunnel->received().size() == bytes.size(); }));
    EXPECT_TRUE(tunnel->received() == bytes);
  }
}

TEST_F(MemoryTest, WithCreditOnlyWhoStandsStillAndHoldsMoreThanItsShareIsEndedWhenTheBudgetIsUsedUp) {
  constexpr std::size_t kBudget = 8 * 1024 * 1024;
  shard_.deadlines().fake_clock();
  limit_memory(kBudget);
  auto agent = join_with("credit/1, reset/1");
  auto still = tunnel_with(*agent, 7);
  auto slow = tunnel_with(*agent, 8);
  auto modest = tunnel_with(*agent, 9);
  widen(*agent, *still, 7, 100'000);
  widen(*agent, *slow, 8, 100'000);
  agent->send_data(7, pattern(100'000));
  agent->send_data(8, pattern(100'000));
  agent->send_data(9, pattern(10'000));
  settle();
  pass(60);
  EXPECT_EQ(still->closes(), 0u) << "there is memory for all";

  const Buffer others = shard_.pool().allocate(kBudget + 1);
  for (int second = 0; second < 12; ++second) {
    EXPECT_EQ(read(*slow, 100), 100u) << second;
    pass(1);
  }
  EXPECT_EQ(still->closes(), 1u);
  EXPECT_EQ(still->close_reason(), make_error_code(StreamErrc::overloaded));
  ASSERT_EQ(agent->count(RESET), 1u);
  EXPECT_EQ(agent->heard(RESET).packet.reset().connectid(), 7);
  EXPECT_EQ(agent->heard(RESET).packet.reset().code(), RESET_OVERLOADED);
  EXPECT_EQ(slow->closes() + modest->closes(), 0u);
  EXPECT_EQ(cut("memory_budget"), 1u);
}

/// An agent that leaves little room for what is sent to it.
http2::Settings narrow() {
  http2::Settings settings;
  settings.stream_window = 2'000;
  return settings;
}

TEST_F(MemoryTest, WhoeverSendsWithoutTakingItsCreditQueuesNoMoreThanIsBounded) {
  shard_.deadlines().fake_clock();
  limit_memory(16 * 1024 * 1024);
  auto agent = join_with("credit/1, half-close/1, reset/1", narrow());
  auto tunnel = tunnel_with(*agent, 7);
  agent->consumes = false;
  const std::string piece = pattern(static_cast<std::size_t>(share()) / 4);
  const auto held_after = [&](int rounds) {
    for (int round = 0; round < rounds; ++round) {
      agent->send_data(7, piece);
      shard_.run_ready();
      read(*tunnel, 1'000'000);
      shard_.deadlines().advance(100ms);
      shard_.run_ready();
    }
    return shard_.pool().in_use();
  };
  const std::size_t held = held_after(10'000);
  EXPECT_EQ(held_after(10'000), held);
  EXPECT_EQ(cut("protocol"), 1u);
}

TEST_F(MemoryTest, WhoeverTakesItsCreditLateGoesOnWithAllOfIt) {
  limit_memory(16 * 1024 * 1024);
  auto agent = join_with("credit/1, half-close/1, reset/1", narrow());
  auto tunnel = tunnel_with(*agent, 7);
  agent->consumes = false;
  tunnel->send(pattern(10'000));
  const std::string piece = pattern(static_cast<std::size_t>(share()) / 4);
  for (int round = 0; round < 4; ++round) {
    agent->send_data(7, piece);
    settle();
    EXPECT_EQ(read(*tunnel, 1'000'000), piece.size());
  }
  settle();
  EXPECT_FALSE(agent->of().credit.contains(7));
  agent->consumes = true;
  agent->connection().consume(agent->last, std::exchange(agent->of().withheld, 0));
  ASSERT_TRUE(until([&] { return agent->of().credit[7] >= static_cast<std::int64_t>(4 * piece.size()); }));
  for (int round = 0; round < 100; ++round) {
    agent->send_data(7, piece);
    settle();
    EXPECT_EQ(read(*tunnel, 1'000'000), piece.size());
  }
  EXPECT_EQ(cut("protocol"), 0u);
  EXPECT_EQ(tunnel->closes(), 0u);
}

TEST_F(MemoryTest, ATunnelThatTheAgentHasClosedStillLetsGoOfWhatNobodyReads) {
  constexpr std::size_t kBudget = 8 * 1024 * 1024;
  shard_.deadlines().fake_clock();
  limit_memory(kBudget);
  auto agent = join();
  auto hoarder = StreamUser(shard_, tunnel_stream(*agent, 7));
  auto trickle = StreamUser(shard_, tunnel_stream(*agent, 8));
  for (const std::int64_t id : {7, 8}) {
    for (int i = 0; i < 20; ++i) agent->send_data(id, pattern(16'000));
    agent->send(close_response(id, ""));
  }
  settle();
  pass(60);
  EXPECT_EQ(cut("memory_budget"), 0u) << "there is memory for all";
  EXPECT_EQ(read(hoarder, 1'000), 1'000u);

  const Buffer others = shard_.pool().allocate(kBudget + 1);
  for (int second = 0; second < 20; ++second) {
    read(trickle, 10);
    pass(1);
  }
  EXPECT_EQ(cut("memory_budget"), 2u);
  BufferQueue bytes;
  const auto end = hoarder.try_read(bytes, {});
  ASSERT_FALSE(end.has_value());
  EXPECT_EQ(end.error(), make_error_code(StreamErrc::overloaded)) << "no orderly end behind bytes that are gone";
  EXPECT_LT(station_->host.budget().in_use(), kBudget + 200'000);
}

TEST_F(MemoryTest, AnOrderlyCloseTakesNothingFromAReaderThatIsAtWorkThoughTheBudgetIsUsedUp) {
  constexpr std::size_t kBudget = 8 * 1024 * 1024;
  shard_.deadlines().fake_clock();
  limit_memory(kBudget);
  auto agent = join();
  auto reader = StreamUser(shard_, tunnel_stream(*agent, 7));
  const std::string bytes = pattern(160'000);
  agent->send_data(7, bytes);
  settle();
  const Buffer others = shard_.pool().allocate(kBudget + 1);
  agent->send(close_response(7, ""));
  settle();
  reader.receive();
  ASSERT_TRUE(until([&] { return reader.read_end().failed(); }));
  EXPECT_TRUE(end_of_stream(reader.read_end()));
  EXPECT_TRUE(reader.received() == bytes);
  EXPECT_EQ(cut("memory_budget"), 0u);
}

TEST_F(MemoryTest, WithoutCreditAReaderThatWaitsTakesWhatComesThoughTheBudgetIsUsedUp) {
  constexpr std::size_t kBudget = 8 * 1024 * 1024;
  limit_memory(kBudget);
  auto agent = join();
  auto reader = StreamUser(shard_, tunnel_stream(*agent, 7));
  reader.receive();
  settle();
  const Buffer others = shard_.pool().allocate(kBudget + 1);
  const std::string bytes = pattern(static_cast<std::size_t>(10 * share()));
  agent->send_data(7, bytes);
  ASSERT_TRUE(until([&] { return reader.received().size() == bytes.size() || reader.closes() > 0; }));
  EXPECT_TRUE(reader.received() == bytes);
  EXPECT_EQ(cut("memory_budget"), 0u);
}

}  // namespace
}  // namespace konduit::transport_grpc
