#include <gtest/gtest.h>

#include <memory>

#include "konduit/stream_pair.hpp"
#include "konduit/testkit/recording_metrics.hpp"
#include "konduit/testkit/run.hpp"
#include "relay/relay.hpp"
#include "support/counted_allocations.hpp"
#include "support/endless_streams.hpp"

namespace konduit::relay {
namespace {

constexpr std::size_t kMegabyte = 1024 * 1024;

/// A relay whose client writes for ever, to a target that takes `window` bytes at a time.
class RelayAllocationTest : public testing::Test, protected Relay::Owner {
 protected:
  /// Allocations while so many bytes pass, when everything has been run in.
  std::size_t steady(std::size_t client_window, std::size_t target_window) {
    StreamPair client = make_stream_pair(shard_, shard_, client_window);
    StreamPair target = make_stream_pair(shard_, shard_, target_window);
    Relay relay(context_, std::move(client.second), std::move(target.first), static_cast<Relay::Owner&>(*this));
    relay.start();
    test_support::EndlessSource source(shard_, std::move(client.first));
    test_support::CountingSink sink(std::move(target.second));
    source.write();
    std::size_t goal = 16 * kMegabyte;
    const std::function<bool()> there = [&] { return sink.bytes() >= goal; };
    EXPECT_TRUE(testkit::run_until(shard_, there));
    goal += 64 * kMegabyte;
    const std::size_t before = test_support::allocations();
    EXPECT_TRUE(testkit::run_until(shard_, there));
    return test_support::allocations() - before;
  }

  void on_relay_end(const RelayOutcome&) override {}

  Shard shard_;
  testkit::RecordingMetrics metrics_;
  MemoryBudget budget_{64 * 1024 * 1024, 1, {}};
  RelayContext context_{shard_, {}, budget_, {}, metrics_.counter("to_target", ""), metrics_.counter("to_client", "")};
};

TEST_F(RelayAllocationTest, NothingIsAllocatedForBytesWhereTheTargetIsFaster) {
  EXPECT_EQ(steady(64 * 1024, kMegabyte), 0u);
}

TEST_F(RelayAllocationTest, NothingIsAllocatedForBytesWhereTheTargetIsSlower) {
  EXPECT_EQ(steady(kMegabyte, 64 * 1024), 0u);
}

}  // namespace
}  // namespace konduit::relay
