#include "runtime/platform.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "fakes.hpp"
#include "runtime/telemetry_listeners.hpp"

namespace konduit::runtime {
namespace {

using ::testing::HasSubstr;

TEST(PlatformMetrics, SayWhatRunsAndWhatItTakesOfTheSystem) {
  Platform platform("1.2.3");
  const std::string text = platform.metrics().scrape();
  EXPECT_THAT(text, HasSubstr("konduit_build_info{"));
  EXPECT_THAT(text, HasSubstr("version=\"1.2.3\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\nkonduit_log_lines_lost_total 0\n"));
  EXPECT_THAT(text, HasSubstr("\nprocess_open_fds "));
  EXPECT_THAT(text, HasSubstr("\nprocess_resident_memory_bytes "));
}

TEST(Readiness, BeginsWithAPingThatIsAlwaysWell) {
  Shard shard;
  const std::array<Shard*, 1> shards{&shard};
  test::World world(shards);
  const TelemetryListeners listeners(world.environment, {});
  const auto broken = world.health.add("other", [] { return HealthState{false, "not yet"}; });
  const auto report = world.health.readiness();
  ASSERT_EQ(report.checks.size(), 2u);
  EXPECT_EQ(report.body(telemetry::HealthStyle::verbose, true), "[+]ping ok\n[-]other failed: not yet\n");
}

}  // namespace
}  // namespace konduit::runtime
