#include "filters/paced_stream.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "konduit/testkit/memory_stream.hpp"
#include "konduit/testkit/stream_conformance.hpp"

namespace konduit::testkit {
namespace {

using filters::LimitsAccount;
using filters::LimitsLedger;
using filters::PacedStream;
using filters::PaceLane;
using filters::Rate;

class PacedStreams final : public ConnectedStreams {
 public:
  PacedStreams(const Rate& rate, MemoryStreamSettings settings) {
    ledger_->adopt(1, {.to_target = rate, .to_client = rate});
    auto ends = MemoryStream::make_pair(shard_, settings, settings);
    first = paced(std::move(ends.first));
    second = paced(std::move(ends.second));
  }
  Shard& shard() override { return shard_; }

 private:
  StreamPtr paced(StreamPtr inner) {
    auto account = std::make_shared<LimitsAccount>();
    const auto lane = [&](LimitsLedger::Direction direction) {
      return std::make_shared<PaceLane>(shard_.deadlines(), ledger_, account, direction, waits_);
    };
    return std::make_unique<PacedStream>(std::move(inner), lane(LimitsLedger::Direction::to_target),
                                         lane(LimitsLedger::Direction::to_client));
  }

  Shard shard_;
  Counter waits_;
  Gauge accounts_;
  const std::shared_ptr<LimitsLedger> ledger_ = std::make_shared<LimitsLedger>(accounts_);
};

std::function<std::unique_ptr<ConnectedStreams>()> at(Rate rate, MemoryStreamSettings settings = {}) {
  return [rate, settings] { return std::make_unique<PacedStreams>(rate, settings); };
}

constexpr Rate kHardlyAny{.amount = 1ULL << 40, .burst = 1ULL << 40};
/// Every few turns of the loop something has to wait.
constexpr Rate kOften{.amount = 256 * 1024 * 1024, .burst = 16 * 1024};

INSTANTIATE_TEST_SUITE_P(
    Paced, StreamConformance,
    testing::Values(StreamKind{"hardly", at(kHardlyAny), {}},
                    StreamKind{"often", at(kOften), {.big_transfer = 8 * 1024 * 1024}},
                    StreamKind{"often_in_odd_pieces",
                               at(kOften, {.window = 20'000, .read_limit = 1'021, .write_limit = 4'093, .delay = 1}),
                               {.big_transfer = 2 * 1024 * 1024}},
                    StreamKind{"without_half_close",
                               at(kOften, {.can_half_close = false}),
                               {.half_close = false, .big_transfer = 2 * 1024 * 1024}}),
    kind_name);

}  // namespace
}  // namespace konduit::testkit

namespace konduit::filters {
namespace {

using namespace std::chrono_literals;
using testkit::matches_pattern;
using testkit::MemoryStream;
using testkit::pattern;
using testkit::StreamUser;

constexpr Rate kRate{.amount = 100'000, .period = std::chrono::seconds(1), .burst = 10'000};
/// What one turn may overdraw at this rate, twice.
constexpr std::size_t kSlack = 2 * 2048;

class PacedStreamTest : public ::testing::Test {
 protected:
  PacedStreamTest() {
    shard_.deadlines().fake_clock();
    ledger_->adopt(1, {.to_target = kRate, .to_client = kRate});
    to_target_ = lane(LimitsLedger::Direction::to_target);
    to_client_ = lane(LimitsLedger::Direction::to_client);
  }
  std::shared_ptr<PaceLane> lane(LimitsLedger::Direction direction) {
    return std::make_shared<PaceLane>(shard_.deadlines(), ledger_, account_, direction, waits_);
  }
  /// A paced stream and its peer.
  struct Tunnel {
    std::unique_ptr<StreamUser> near;
    std::unique_ptr<StreamUser> far;
  };
  Tunnel open() {
    auto [target, peer] = MemoryStream::make_pair(shard_, {.window = 1 << 20}, {.window = 1 << 20});
    return {
        std::make_unique<StreamUser>(shard_, std::make_unique<PacedStream>(std::move(target), to_target_, to_client_)),
        std::make_unique<StreamUser>(shard_, std::move(peer))};
  }
  /// Lets time pass in small steps.
  void pass(Duration time) {
    for (Duration passed{}; passed < time; passed += 5ms) {
      shard_.deadlines().advance(5ms);
      settle();
    }
  }
  void settle() {
    while (shard_.run_ready() != 0) {
    }
  }

  Shard shard_;
  Counter waits_;
  Gauge accounts_;
  std::shared_ptr<LimitsLedger> ledger_ = std::make_shared<LimitsLedger>(accounts_);
  std::shared_ptr<LimitsAccount> account_ = std::make_shared<LimitsAccount>();
  std::shared_ptr<PaceLane> to_target_;
  std::shared_ptr<PaceLane> to_client_;
};

TEST_F(PacedStreamTest, ReadsNoFasterThanTheRateAndLosesNothing) {
  auto tunnel = open();
  tunnel.near->receive();
  tunnel.far->send(pattern(100'000));
  settle();
  EXPECT_LE(tunnel.near->received().size(), 10'000 + kSlack);
  EXPECT_GE(tunnel.near->received().size(), 10'000);
  pass(500ms);
  EXPECT_NEAR(static_cast<double>(tunnel.near->received().size()), 60'000, kSlack);
  pass(500ms);
  EXPECT_EQ(tunnel.near->received().size(), 100'000U);
  EXPECT_TRUE(matches_pattern(tunnel.near->received(), 0));
  EXPECT_GT(waits_.value(), 10U);
}

TEST_F(PacedStreamTest, WritesNoFasterThanTheRateAndLosesNothing) {
  auto tunnel = open();
  tunnel.far->receive();
  tunnel.near->send(pattern(100'000));
  settle();
  EXPECT_LE(tunnel.far->received().size(), 10'000 + kSlack);
  pass(500ms);
  EXPECT_NEAR(static_cast<double>(tunnel.far->received().size()), 60'000, kSlack);
  pass(500ms);
  EXPECT_EQ(tunnel.far->received().size(), 100'000U);
  EXPECT_TRUE(matches_pattern(tunnel.far->received(), 0));
  EXPECT_EQ(tunnel.near->unsent(), 0U);
}

TEST_F(PacedStreamTest, LimitsEachDirectionByItself) {
  auto tunnel = open();
  tunnel.far->receive();
  tunnel.near->receive();
  tunnel.near->send(pattern(60'000));
  tunnel.far->send("a word");
  settle();
  EXPECT_LT(tunnel.far->received().size(), 20'000U);
  EXPECT_EQ(tunnel.near->received(), "a word");
}

TEST_F(PacedStreamTest, TellsTheEndBehindTheLastByte) {
  auto tunnel = open();
  tunnel.near->receive();
  tunnel.far->send(pattern(50'000));
  ASSERT_TRUE(tunnel.far->half_close());
  settle();
  EXPECT_FALSE(tunnel.near->read_end());
  pass(1s);
  EXPECT_EQ(tunnel.near->received().size(), 50'000U);
  EXPECT_TRUE(end_of_stream(tunnel.near->read_end()));
  // The other direction goes on.
  tunnel.far->receive();
  tunnel.near->send("an answer");
  settle();
  EXPECT_EQ(tunnel.far->received(), "an answer");
}

TEST_F(PacedStreamTest, SharesTheRateFairlyBetweenTunnels) {
  std::vector<Tunnel> tunnels;
  for (int i = 0; i < 5; ++i) {
    tunnels.push_back(open());
    tunnels.back().near->receive();
    tunnels.back().far->send(pattern(500'000));
  }
  pass(2s);
  std::size_t all = 0;
  for (const auto& tunnel : tunnels) all += tunnel.near->received().size();
  EXPECT_NEAR(static_cast<double>(all), 210'000, kSlack);
  for (const auto& tunnel : tunnels) {
    EXPECT_NEAR(static_cast<double>(tunnel.near->received().size()), static_cast<double>(all) / 5, 12'000);
  }
}

TEST_F(PacedStreamTest, LetsSmallMessagesShareATurn) {
  // What is charged is what was moved: a hundred waiting tunnels with little to say get through together.
  auto greedy = open();
  greedy.near->receive();
  greedy.far->send(pattern(50'000));
  settle();
  std::vector<Tunnel> small;
  for (int i = 0; i < 100; ++i) {
    small.push_back(open());
    small.back().near->receive();
    small.back().far->send("0123456789");
  }
  pass(100ms);
  for (const auto& tunnel : small) EXPECT_EQ(tunnel.near->received(), "0123456789");
}

TEST_F(PacedStreamTest, TellsThoseWhoWaitOfAFasterRateWithinASecond) {
  ledger_->adopt(2, {.to_target = {}, .to_client = Rate{.amount = 1, .period = 1s, .burst = 1}});
  auto tunnel = open();
  tunnel.near->receive();
  tunnel.far->send(pattern(100'000));
  settle();
  ASSERT_LE(tunnel.near->received().size(), kSlack);  // owes half an hour
  ledger_->adopt(3, {.to_target = {}, .to_client = kRate});
  pass(2s);
  EXPECT_EQ(tunnel.near->received().size(), 100'000U);
}

TEST_F(PacedStreamTest, ChargesAnotherRateWithNothingThatWasMovedBefore) {
  // The other lane stands for one of another shard that has not seen the change yet.
  ledger_->adopt(2, {.to_target = {}, .to_client = Rate{.amount = 1, .period = 1s, .burst = 1}});
  auto old_lane = lane(LimitsLedger::Direction::to_client);
  auto old = open();
  std::swap(old_lane, to_client_);
  old.near->receive();
  old.far->send("x");
  settle();
  ledger_->adopt(3, {.to_target = {}, .to_client = kRate});
  auto fresh = open();
  fresh.near->receive();
  fresh.far->send(pattern(100'000));
  settle();
  old_lane->moved(1'000'000);
  pass(1s);
  EXPECT_EQ(fresh.near->received().size(), 100'000U);
}

TEST_F(PacedStreamTest, MayBeDestroyedInItsTurn) {
  auto first = open();
  auto second = open();
  for (auto* tunnel : {&first, &second}) {
    tunnel->near->receive();
    tunnel->far->send(pattern(50'000));
  }
  settle();
  first.near->when_readable = [&] { first.near->destroy(); };
  to_client_.reset();
  to_target_.reset();
  pass(3s);
  EXPECT_FALSE(first.near->has_stream());
  EXPECT_EQ(second.near->received().size(), 50'000U);
}

TEST_F(PacedStreamTest, LetsTheLastOneGoInItsTurn) {
  auto tunnel = open();
  tunnel.near->receive();
  tunnel.far->send(pattern(50'000));
  settle();
  tunnel.near->when_readable = [&] { tunnel.near->destroy(); };
  to_client_.reset();
  to_target_.reset();
  account_.reset();
  ledger_.reset();
  pass(1s);
  EXPECT_FALSE(tunnel.near->has_stream());
}

TEST_F(PacedStreamTest, LeavesTheLineWhenItIsClosed) {
  auto tunnel = open();
  tunnel.near->receive();
  tunnel.far->send(pattern(50'000));
  settle();
  const unsigned before = tunnel.near->readables();
  tunnel.near->close();
  pass(1s);
  EXPECT_EQ(tunnel.near->readables(), before);
  EXPECT_EQ(tunnel.near->closes(), 1U);
}

TEST_F(PacedStreamTest, TellsAnEndThatCameBeforeAnybodyObserved) {
  auto [target, peer] = MemoryStream::make_pair(shard_);
  auto paced = std::make_unique<PacedStream>(std::move(target), to_target_, to_client_);
  peer->close();
  settle();
  const StreamUser user(shard_, std::move(paced));
  settle();
  EXPECT_EQ(user.closes(), 1U);
}

}  // namespace
}  // namespace konduit::filters
