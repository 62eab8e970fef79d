#include "filters/limits_ledger.hpp"

#include <gtest/gtest.h>

namespace konduit::filters {
namespace {

using namespace std::chrono_literals;
using Answer = LimitsLedger::Answer;

constexpr TimePoint kStart{std::chrono::hours(1000)};

class LimitsLedgerTest : public ::testing::Test {
 protected:
  LimitsLedger::Place enter(std::string_view name, const LimitsLedger::Limits& limits, TimePoint now = kStart) {
    return ledger_.enter(name, limits, now);
  }

  Gauge accounts_;
  LimitsLedger ledger_{accounts_};
};

TEST_F(LimitsLedgerTest, CountsTunnelsOfEachNameByItself) {
  const LimitsLedger::Limits limits{.dials = {}, .tunnels = 2};
  const auto first = enter("a", limits);
  const auto second = enter("a", limits);
  EXPECT_EQ(first.account, second.account);
  EXPECT_EQ(enter("a", limits).answer, Answer::too_many_tunnels);
  EXPECT_EQ(enter("b", limits).answer, Answer::taken);
  ledger_.leave(*first.account);
  EXPECT_EQ(enter("a", limits).answer, Answer::taken);
}

TEST_F(LimitsLedgerTest, RemembersDialsOfWhoHasNoTunnelLeft) {
  const LimitsLedger::Limits limits{.dials = Rate{.amount = 1, .period = 1s, .burst = 2}, .tunnels = {}};
  for (int i = 0; i < 2; ++i) {
    const auto place = enter("a", limits);
    ASSERT_EQ(place.answer, Answer::taken);
    ledger_.leave(*place.account);
  }
  EXPECT_EQ(enter("a", limits).answer, Answer::too_many_dials);
  EXPECT_EQ(enter("a", limits, kStart + 1s).answer, Answer::taken);
}

TEST_F(LimitsLedgerTest, TakesNoTokenForADialThatFindsNoPlace) {
  const LimitsLedger::Limits limits{.dials = Rate{.amount = 1, .period = 1s, .burst = 2}, .tunnels = 1};
  const auto first = enter("a", limits);
  EXPECT_EQ(enter("a", limits).answer, Answer::too_many_tunnels);
  ledger_.leave(*first.account);
  EXPECT_EQ(enter("a", limits).answer, Answer::taken);
}

TEST_F(LimitsLedgerTest, HoldsChangedLimitsAgainstWhatIsCountedAlready) {
  const auto first = enter("a", {.dials = {}, .tunnels = 5});
  EXPECT_EQ(enter("a", {.dials = {}, .tunnels = 1}).answer, Answer::too_many_tunnels);
}

TEST_F(LimitsLedgerTest, ReadsWhatWasTakenAtASlowRateAsABurstOfTheFastOne) {
  const LimitsLedger::Limits slow{.dials = Rate{.amount = 10, .period = 1h, .burst = 1000}, .tunnels = {}};
  const LimitsLedger::Limits fast{.dials = Rate{.amount = 1000, .period = 1s, .burst = 1000}, .tunnels = {}};
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(enter("a", slow).answer, Answer::taken);
  EXPECT_EQ(enter("a", slow).answer, Answer::too_many_dials);
  EXPECT_EQ(enter("a", fast).answer, Answer::too_many_dials);
  int taken = 0;
  for (int i = 0; i < 1000; ++i) taken += enter("a", fast, kStart + 100ms).answer == Answer::taken ? 1 : 0;
  EXPECT_EQ(taken, 100);
}

TEST_F(LimitsLedgerTest, ForgetsWhoDoesNotDifferFromANewcomer) {
  const LimitsLedger::Limits limits{.dials = Rate{.amount = 1, .period = 1s, .burst = 1}, .tunnels = {}};
  for (int i = 0; i < 100; ++i) ledger_.leave(*enter("client " + std::to_string(i), limits).account);
  EXPECT_EQ(accounts_.value(), 100);
  for (int i = 0; i < 100; ++i) ledger_.leave(*enter("the same", limits, kStart + i * 1min).account);
  EXPECT_EQ(accounts_.value(), 1);
}

TEST_F(LimitsLedgerTest, KeepsNoMoreAccountsThanItMayHoweverManyNamesCome) {
  const LimitsLedger::Limits limits{.dials = Rate{.amount = 1, .period = std::chrono::hours(1), .burst = 1},
                                    .tunnels = {}};
  const auto kept = enter("with a tunnel", limits);
  for (std::size_t i = 0; i < LimitsLedger::kMost + 1000; ++i) {
    ledger_.leave(*enter(std::to_string(i), limits).account);
  }
  EXPECT_LE(accounts_.value(), static_cast<std::int64_t>(LimitsLedger::kMost));
  EXPECT_EQ(enter("with a tunnel", limits).answer, Answer::too_many_dials);
}

}  // namespace
}  // namespace konduit::filters
