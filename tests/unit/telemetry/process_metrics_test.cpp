#include "telemetry/process_metrics.hpp"

#include <unistd.h>

#include <gmock/gmock.h>

#include <chrono>
#include <map>

namespace konduit::telemetry {
namespace {

std::map<std::string, double> values() {
  std::vector<prometheus::MetricFamily> families;
  append_process_metrics(families);
  std::map<std::string, double> out;
  for (const auto& family : families) {
    const auto& metric = family.metric.at(0);
    out[family.name] = family.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value;
  }
  return out;
}

TEST(ProcessMetrics, AreThoseOfThisProcess) {
  const auto before = values();
  const double now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_GT(before.at("process_resident_memory_bytes"), 1e6);
  EXPECT_GT(before.at("process_virtual_memory_bytes"), before.at("process_resident_memory_bytes"));
  EXPECT_GE(before.at("process_cpu_seconds_total"), 0);
  EXPECT_LT(before.at("process_cpu_seconds_total"), 3600);
  EXPECT_NEAR(before.at("process_start_time_seconds"), now, 3600);
  EXPECT_GE(before.at("process_open_fds"), 3);
  EXPECT_GE(before.at("process_max_fds"), before.at("process_open_fds"));
}

TEST(ProcessMetrics, CountOneMoreDescriptorWhenOneIsOpened) {
  const double before = values().at("process_open_fds");
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  EXPECT_EQ(values().at("process_open_fds"), before + 2);
  ::close(ends[0]);
  ::close(ends[1]);
  EXPECT_EQ(values().at("process_open_fds"), before);
}

TEST(ProcessMetrics, AreScrapedWithTheRest) {
  MetricsRegistry registry;
  registry.add_source(append_process_metrics);
  add_build_info(registry, "1.2.3");
  const std::string text = registry.scrape();
  EXPECT_THAT(text, ::testing::HasSubstr("# HELP process_open_fds Number of open file descriptors.\n"
                                         "# TYPE process_open_fds gauge\nprocess_open_fds "));
  EXPECT_THAT(text, ::testing::ContainsRegex("\nkonduit_build_info\\{boost=\"[^\"]+\",compiler=\"[^\"]+\","
                                             "openssl=\"[^\"]+\",version=\"1.2.3\"\\} 1\n"));
}

}  // namespace
}  // namespace konduit::telemetry
