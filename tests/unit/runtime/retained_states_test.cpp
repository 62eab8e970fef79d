#include "runtime/retained_states.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <stdexcept>

#include "fakes.hpp"
#include "konduit/connection.hpp"
#include "konduit/error.hpp"

namespace konduit::runtime {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// State that uses its host to the end.
struct Counted {
  explicit Counted(Host& its_host)
      : host(its_host),
        made(host.metrics().counter("konduit_made_total", "Made.")),
        held(host.metrics().gauge("konduit_held", "Held.")) {
    made.add();
    held.set(1);
  }
  ~Counted() {
    host.log().info("gone");
    made.add(10);
  }

  Host& host;
  Counter& made;
  Gauge& held;
};

std::shared_ptr<void> make_counted(Host& host) { return std::make_shared<Counted>(host); }

class RetainedStatesTest : public testing::Test {
 protected:
  std::shared_ptr<Counted> obtain(const std::string& id = "agents/main", std::string_view key = "sessions") {
    return std::static_pointer_cast<Counted>(world_.retained.obtain(id, key, &make_counted));
  }

  Shard shard_;
  std::array<Shard*, 1> shards_{&shard_};
  test::World world_{shards_};
};

TEST_F(RetainedStatesTest, AreMadeOnceForAllWhoHoldThem) {
  auto first = obtain();
  const auto second = obtain();
  EXPECT_EQ(first, second);
  first.reset();
  EXPECT_EQ(obtain(), second);
  EXPECT_THAT(world_.metrics.scrape(), HasSubstr("konduit_made_total{component=\"agents/main\"} 1\n"));
}

TEST_F(RetainedStatesTest, BelongToAComponentAndAKey) {
  const auto state = obtain();
  EXPECT_NE(obtain("agents/other"), state);
  EXPECT_NE(obtain("agents/main", "other"), state);
}

TEST_F(RetainedStatesTest, EndWithWhoeverHoldsThemLast) {
  obtain().reset();
  EXPECT_THAT(world_.metrics.scrape(), HasSubstr("konduit_made_total{component=\"agents/main\"} 11\n"));
  EXPECT_THAT(world_.metrics.scrape(), Not(HasSubstr("konduit_held")));
  const auto anew = obtain();
  EXPECT_THAT(world_.metrics.scrape(), HasSubstr("konduit_made_total{component=\"agents/main\"} 12\n"));
  EXPECT_THAT(world_.metrics.scrape(), HasSubstr("konduit_held{component=\"agents/main\"} 1\n"));
}

TEST_F(RetainedStatesTest, KnowTheCoreByAHostOfTheirOwn) {
  const auto state = obtain();
  EXPECT_EQ(state->host.id(), "agents/main");
  EXPECT_EQ(&state->host.budget(), &world_.budget);
  ASSERT_EQ(state->host.shards().size(), 1u);
  EXPECT_EQ(state->host.shards().front(), &shard_);
  EXPECT_THROW(state->host.report({}, "wrong"), StartError);
  EXPECT_THROW(state->host.add_readiness("x", [] { return HealthState{}; }), StartError);
  EXPECT_THROW(state->host.listen({}, {}), StartError);
  EXPECT_THROW(state->host.connector({}), StartError);
  EXPECT_THROW(state->host.retained("x", &make_counted), StartError);
}

TEST_F(RetainedStatesTest, AreAskedForAgainWhenTheyCouldNotBeMade) {
  const auto broken = [](Host&) -> std::shared_ptr<void> { throw std::runtime_error("broken"); };
  EXPECT_THROW(world_.retained.obtain("agents/main", "sessions", broken), std::runtime_error);
  EXPECT_NE(obtain(), nullptr);
}

}  // namespace
}  // namespace konduit::runtime
