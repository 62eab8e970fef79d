#include "transport-tcp/connect.hpp"

#include <gtest/gtest.h>

#include "konduit/testkit/run.hpp"
#include "network.hpp"
#include "support/descriptor_limit.hpp"

namespace konduit::transport_tcp {
namespace {

using test::BlackHole;
using test::Endpoint;
using test::Listening;
using testkit::await;
using Step = ConnectFailure::Step;
using Outcome = boost::system::result<Connected, ConnectFailure>;

constexpr Duration kStagger = std::chrono::milliseconds(250);

class ConnectTest : public ::testing::Test {
 protected:
  Outcome connect(std::vector<Endpoint> endpoints, Duration within = std::chrono::seconds(8)) {
    return await(shard_, connect_first(shard_, std::move(endpoints), shard_.now() + within));
  }

  Shard shard_;
};

TEST_F(ConnectTest, ConnectsToAnEndpointThatAnswers) {
  const Listening there;
  const auto outcome = connect({there.endpoint()});
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->endpoint, there.endpoint());
  EXPECT_TRUE(there.accept());
}

TEST_F(ConnectTest, SaysWhyAnEndpointRefused) {
  const auto closed = test::closed_port();
  const auto outcome = connect({closed});
  ASSERT_TRUE(outcome.has_error());
  EXPECT_EQ(outcome.error().step, Step::connect);
  EXPECT_EQ(outcome.error().number, ECONNREFUSED);
  EXPECT_EQ(outcome.error().endpoint, closed);
}

TEST_F(ConnectTest, GoesOnAtOnceWhenAnEndpointRefused) {
  shard_.deadlines().fake_clock();
  const Listening there;
  const auto outcome = connect({test::closed_port(), test::closed_port(), there.endpoint()});
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->endpoint, there.endpoint());
}

TEST_F(ConnectTest, TriesTheNextEndpointWhenTheFirstIsSilent) {
  shard_.deadlines().fake_clock();
  const BlackHole silent;
  const Listening there;
  TaskGroup tasks(shard_);
  std::optional<Outcome> outcome;
  tasks.spawn(
      testkit::store_result(connect_first(shard_, {silent.endpoint(), there.endpoint()}, TimePoint::max()), &outcome));
  for (int i = 0; i < 5; ++i) shard_.run_ready();
  shard_.deadlines().advance(kStagger - std::chrono::milliseconds(1));
  for (int i = 0; i < 5; ++i) shard_.run_ready();
  EXPECT_FALSE(outcome.has_value()) << "the second was tried too early";
  shard_.deadlines().advance(std::chrono::milliseconds(1));
  ASSERT_TRUE(testkit::run_until(shard_, [&] { return outcome.has_value(); }));
  ASSERT_TRUE(outcome->has_value());
  EXPECT_EQ((*outcome)->endpoint, there.endpoint());
}

TEST_F(ConnectTest, GivesUpAtTheDeadline) {
  const BlackHole silent;
  const auto outcome = connect({silent.endpoint()}, std::chrono::milliseconds(30));
  ASSERT_TRUE(outcome.has_error());
  EXPECT_EQ(outcome.error().step, Step::deadline);
  EXPECT_EQ(outcome.error().endpoint, silent.endpoint());
}

TEST_F(ConnectTest, PrefersTheWordOfAHostToAMissingRoute) {
  const auto closed = test::closed_port();
  // No host has a route to the addresses that are set aside for documentation and not even a default one for this kind.
  const Endpoint nowhere(asio::ip::make_address("255.255.255.255"), 80);
  const auto outcome = connect({nowhere, closed});
  ASSERT_TRUE(outcome.has_error());
  EXPECT_EQ(outcome.error().endpoint, closed);
}

TEST_F(ConnectTest, LeavesNothingBehindWhereverItIsCancelled) {
  struct Scenario final : testkit::CancelScenario {
    explicit Scenario(Shard& its_shard) : shard(its_shard), before(socket::test::open_descriptors()) {}
    awaitable<void> operation() override {
      return run(shard, {test::closed_port(), silent.endpoint()}, shard.now() + std::chrono::milliseconds(300));
    }
    static awaitable<void> run(Shard& on, std::vector<Endpoint> endpoints, TimePoint deadline) {
      const auto outcome = co_await connect_first(on, std::move(endpoints), deadline);
      EXPECT_TRUE(outcome.has_error());
    }
    void check(bool) override { EXPECT_EQ(socket::test::open_descriptors(), before); }

    Shard& shard;
    BlackHole silent;
    const std::size_t before;
  };
  EXPECT_GT(testkit::cancel_at_every_step([](Shard& shard) { return std::make_unique<Scenario>(shard); }), 1u);
}

TEST_F(ConnectTest, SaysThatDescriptorsHaveRunOut) {
  const Listening there;
  const test_support::DescriptorLimit none(0);
  const auto outcome = connect({there.endpoint()});
  ASSERT_TRUE(outcome.has_error());
  EXPECT_EQ(outcome.error().step, Step::socket);
  EXPECT_EQ(outcome.error().number, EMFILE);
}

TEST_F(ConnectTest, ClosesWhatLostTheRace) {
  shard_.deadlines().fake_clock();
  const BlackHole silent;
  const Listening there;
  const std::size_t before = socket::test::open_descriptors();
  {
    TaskGroup tasks(shard_);
    std::optional<Outcome> outcome;
    tasks.spawn(testkit::store_result(connect_first(shard_, {silent.endpoint(), there.endpoint()}, TimePoint::max()),
                                      &outcome));
    shard_.run_ready();
    shard_.deadlines().advance(kStagger);
    ASSERT_TRUE(testkit::run_until(shard_, [&] { return outcome.has_value(); }));
    EXPECT_EQ(socket::test::open_descriptors(), before + 1);
  }
  EXPECT_EQ(socket::test::open_descriptors(), before);
}

}  // namespace
}  // namespace konduit::transport_tcp
