#include "telemetry/metrics.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <cmath>
#include <thread>

#include "konduit/error.hpp"
#include "telemetry/routes.hpp"

namespace konduit::telemetry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// What `action` throws, or "nothing".
template <class Action>
std::string refusal(Action action) {
  try {
    action();
  } catch (const StartError& error) {
    return error.what();
  }
  return "nothing";
}

TEST(Metrics, AScrapeIsExact) {
  MetricsRegistry registry;
  const auto main = registry.component("agents/main");
  main->counter("konduit_dials_total", "Dials.", {{"result", "ok"}}).add(3);
  main->counter("konduit_dials_total", "Dials.", {{"result", "failed"}}).add();
  registry.component("direct/node")->counter("konduit_dials_total", "Dials.", {{"result", "ok"}}).add(2);
  main->gauge("konduit_agents", "Agents that are connected.").set(-2);
  EXPECT_EQ(registry.scrape(),
            "# HELP konduit_agents Agents that are connected.\n"
            "# TYPE konduit_agents gauge\n"
            "konduit_agents{component=\"agents/main\"} -2\n"
            "# HELP konduit_dials_total Dials.\n"
            "# TYPE konduit_dials_total counter\n"
            "konduit_dials_total{component=\"agents/main\",result=\"failed\"} 1\n"
            "konduit_dials_total{component=\"agents/main\",result=\"ok\"} 3\n"
            "konduit_dials_total{component=\"direct/node\",result=\"ok\"} 2\n");
}

TEST(Metrics, CellsOfOneNameAndEqualLabelsAreSummed) {
  MetricsRegistry registry;
  const auto metrics = registry.component("a/b");
  Counter& first = metrics->counter("konduit_x_total", "X.", {{"k", "1"}, {"j", "2"}});
  Counter& second = metrics->counter("konduit_x_total", "X.", {{"j", "2"}, {"k", "1"}});
  EXPECT_NE(&first, &second);
  first.add(40);
  second.add(2);
  EXPECT_THAT(registry.scrape(), HasSubstr("konduit_x_total{component=\"a/b\",j=\"2\",k=\"1\"} 42\n"));
  Gauge& up = metrics->gauge("konduit_y", "Y.");
  Gauge& down = metrics->gauge("konduit_y", "Y.");
  up.add(5);
  down.add(-7);
  EXPECT_THAT(registry.scrape(), HasSubstr("konduit_y{component=\"a/b\"} -2\n"));
}

TEST(Metrics, OfTimesTheEarliestIsShown) {
  MetricsRegistry registry;
  const auto old_generation = registry.component("agents/main");
  auto new_generation = registry.component("agents/main");
  old_generation->gauge("konduit_certificate_expiry_seconds", "E.", {{"file", "a"}}).set(2'000'000'000);
  new_generation->gauge("konduit_certificate_expiry_seconds", "E.", {{"file", "a"}}).set(1'900'000'000);
  new_generation->gauge("konduit_certificate_expiry_seconds", "E.", {{"file", "b"}}).set(1'800'000'000);
  const std::string other = "konduit_certificate_expiry_seconds{component=\"agents/main\",file=\"b\"} 1800000000\n";
  EXPECT_THAT(registry.scrape(), HasSubstr("file=\"a\"} 1900000000\n" + other));
  new_generation.reset();
  EXPECT_THAT(registry.scrape(), HasSubstr("file=\"a\"} 2000000000\n"));
}

TEST(Metrics, AHistogramIsCumulativeAndSummed) {
  MetricsRegistry registry;
  const auto metrics = registry.component("a/b");
  Histogram& first = metrics->histogram("konduit_t_seconds", "T.", {0.5, 1, 2.5});
  Histogram& second = metrics->histogram("konduit_t_seconds", "T.", {0.5, 1, 2.5});
  first.observe(0.5);
  first.observe(0.75);
  second.observe(0.25);
  second.observe(100);
  second.observe(std::nan(""));
  EXPECT_EQ(registry.scrape(),
            "# HELP konduit_t_seconds T.\n"
            "# TYPE konduit_t_seconds histogram\n"
            "konduit_t_seconds_count{component=\"a/b\"} 4\n"
            "konduit_t_seconds_sum{component=\"a/b\"} 101.5\n"
            "konduit_t_seconds_bucket{component=\"a/b\",le=\"0.5\"} 2\n"
            "konduit_t_seconds_bucket{component=\"a/b\",le=\"1\"} 3\n"
            "konduit_t_seconds_bucket{component=\"a/b\",le=\"2.5\"} 3\n"
            "konduit_t_seconds_bucket{component=\"a/b\",le=\"+Inf\"} 4\n");
}

TEST(Metrics, ValuesAndHelpCannotBreakTheText) {
  MetricsRegistry registry;
  registry.component("a/b")->counter("konduit_x_total", "Two\nlines \\.", {{"v", "a\"b\\c\nd\xff"}}).add();
  EXPECT_EQ(registry.scrape(),
            "# HELP konduit_x_total Two\\nlines \\\\.\n"
            "# TYPE konduit_x_total counter\n"
            "konduit_x_total{component=\"a/b\",v=\"a\\\"b\\\\c\\nd\xef\xbf\xbd\"} 1\n");
}

TEST(Metrics, TheProgramsOwnHaveAnyPrefixAndNoComponent) {
  MetricsRegistry registry;
  registry.exported().counter("other_system_dials_total", "Dials.").add(7);
  EXPECT_THAT(registry.scrape(), HasSubstr("\nother_system_dials_total 7\n"));
}

TEST(Metrics, AnotherTypeOrHelpForANameIsRefusedAndSaysWhoWasFirst) {
  MetricsRegistry registry;
  registry.component("a/b")->counter("konduit_x_total", "X.");
  const auto other = registry.component("c/d");
  EXPECT_EQ(refusal([&] { other->gauge("konduit_x_total", "X."); }),
            "metric konduit_x_total: c/d registers it as a gauge, not as the counter that a/b gave it");
  EXPECT_EQ(refusal([&] { other->counter("konduit_x_total", "Y."); }),
            "metric konduit_x_total: c/d registers it with the help \"Y.\", not with the \"X.\" that a/b gave it");
  EXPECT_EQ(refusal([&] { other->counter("konduit_x_total", "X."); }), "nothing");
}

TEST(Metrics, OtherBucketsForANameAreRefused) {
  MetricsRegistry registry;
  registry.component("a/b")->histogram("konduit_t", "T.", {1, 2});
  EXPECT_EQ(refusal([&] { registry.component("c/d")->histogram("konduit_t", "T.", {1, 3}); }),
            "metric konduit_t: c/d registers it with other buckets than a/b did");
  EXPECT_THAT(refusal([&] { registry.component("c/d")->histogram("konduit_u", "U.", {}); }), HasSubstr("no buckets"));
  EXPECT_THAT(refusal([&] { registry.component("c/d")->histogram("konduit_u", "U.", {2, 1}); }), HasSubstr("ascend"));
  EXPECT_THAT(refusal([&] { registry.component("c/d")->histogram("konduit_u", "U.", {1, INFINITY}); }),
              HasSubstr("finite"));
  EXPECT_THAT(registry.scrape(), Not(HasSubstr("konduit_u")));
}

TEST(Metrics, NamesAndLabelsAreJudged) {
  MetricsRegistry registry;
  const auto metrics = registry.component("a/b");
  EXPECT_THAT(refusal([&] { metrics->counter("dials_total", "X."); }), HasSubstr("begin with konduit_"));
  EXPECT_THAT(refusal([&] { metrics->counter("konduit-x", "X."); }), HasSubstr("a name is made of letters"));
  EXPECT_THAT(refusal([&] { registry.exported().counter("9x", "X."); }), HasSubstr("a name is made of letters"));
  EXPECT_THAT(refusal([&] { registry.exported().counter("", "X."); }), HasSubstr("a name is made of letters"));
  EXPECT_THAT(refusal([&] { metrics->counter("konduit_x", "X.", {{"a-b", "1"}}); }), HasSubstr("label \"a-b\""));
  EXPECT_THAT(refusal([&] { metrics->counter("konduit_x", "X.", {{"__a", "1"}}); }), HasSubstr("keeps for itself"));
  EXPECT_THAT(refusal([&] { metrics->counter("konduit_x", "X.", {{"component", "1"}}); }),
              HasSubstr("set by the core"));
  EXPECT_THAT(refusal([&] { metrics->counter("konduit_x", "X.", {{"le", "1"}}); }), HasSubstr("set by the core"));
  EXPECT_THAT(refusal([&] { metrics->counter("konduit_x", "X.", {{"a", "1"}, {"a", "2"}}); }), HasSubstr("twice"));
  EXPECT_EQ(registry.scrape(), "");
}

TEST(Metrics, AreReadWhileAnotherThreadCountsAndRegisters) {
  MetricsRegistry registry;
  const auto metrics = registry.component("a/b");
  Counter& counter = metrics->counter("konduit_x_total", "X.");
  std::thread other([&] {
    for (int i = 0; i < 20000; ++i) counter.add();
    for (int i = 0; i < 100; ++i)
      registry.component("c/d")->counter("konduit_x_total", "X.", {{"i", std::to_string(i)}});
  });
  for (int i = 0; i < 20; ++i) EXPECT_THAT(registry.scrape(), HasSubstr("# TYPE konduit_x_total counter\n"));
  other.join();
  EXPECT_THAT(registry.scrape(), HasSubstr("konduit_x_total{component=\"a/b\"} 20000\n"));
}

TEST(Metrics, WhatWasCountedStaysWhenAComponentGoesAndIsCountedOn) {
  MetricsRegistry registry;
  auto first = registry.component("a/b");
  first->counter("konduit_x_total", "X.").add(40);
  first->histogram("konduit_t", "T.", {1, 2}).observe(0.5);
  const std::string before = registry.scrape();
  first.reset();
  EXPECT_EQ(registry.scrape(), before);
  const auto second = registry.component("a/b");
  second->counter("konduit_x_total", "X.").add(2);
  second->histogram("konduit_t", "T.", {1, 2}).observe(3);
  EXPECT_EQ(registry.scrape(),
            "# HELP konduit_t T.\n"
            "# TYPE konduit_t histogram\n"
            "konduit_t_count{component=\"a/b\"} 2\n"
            "konduit_t_sum{component=\"a/b\"} 3.5\n"
            "konduit_t_bucket{component=\"a/b\",le=\"1\"} 1\n"
            "konduit_t_bucket{component=\"a/b\",le=\"2\"} 1\n"
            "konduit_t_bucket{component=\"a/b\",le=\"+Inf\"} 2\n"
            "# HELP konduit_x_total X.\n"
            "# TYPE konduit_x_total counter\n"
            "konduit_x_total{component=\"a/b\"} 42\n");
}

TEST(Metrics, GaugesVanishWithTheirComponentAndTheirNamesAreFreeAgain) {
  MetricsRegistry registry;
  auto older = registry.component("a/b");
  const auto newer = registry.component("a/b");
  older->gauge("konduit_y", "Y.", {{"k", "1"}}).set(5);
  older->gauge("konduit_y", "Y.", {{"k", "2"}}).set(6);
  newer->gauge("konduit_y", "Y.", {{"k", "1"}}).set(7);
  EXPECT_THAT(registry.scrape(), HasSubstr("k=\"1\"} 12\n"));
  older.reset();
  EXPECT_EQ(registry.scrape(), "# HELP konduit_y Y.\n# TYPE konduit_y gauge\nkonduit_y{component=\"a/b\",k=\"1\"} 7\n");
  registry.component("c/d")->gauge("konduit_z", "Z.").set(1);
  EXPECT_THAT(registry.scrape(), Not(HasSubstr("konduit_z")));
  EXPECT_EQ(refusal([&] { newer->counter("konduit_z", "Something else."); }), "nothing");
}

TEST(Metrics, AThousandGenerationsLeaveOneSeriesAndNoCells) {
  MetricsRegistry registry;
  for (int generation = 0; generation < 1000; ++generation) {
    const auto metrics = registry.component("a/b");
    metrics->counter("konduit_x_total", "X.").add();
    metrics->gauge("konduit_y", "Y.", {{"generation", std::to_string(generation)}}).set(1);
  }
  EXPECT_EQ(registry.scrape(),
            "# HELP konduit_x_total X.\n# TYPE konduit_x_total counter\nkonduit_x_total{component=\"a/b\"} 1000\n");
}

TEST(Metrics, SumsNeverGoBackWhileComponentsComeAndGo) {
  MetricsRegistry registry;
  std::atomic<bool> done = false;
  std::thread other([&] {
    for (int i = 0; i < 2000; ++i) registry.component("a/b")->counter("konduit_x_total", "X.").add();
    done = true;
  });
  double last = 0;
  while (!done) {
    for (const auto& family : registry.Collect()) {
      EXPECT_GE(family.metric.at(0).counter.value, last);
      last = family.metric.at(0).counter.value;
    }
  }
  other.join();
  EXPECT_EQ(registry.Collect().at(0).metric.at(0).counter.value, 2000);
}

TEST(Metrics, AHundredThousandCellsAreScraped) {
  MetricsRegistry registry;
  const auto metrics = registry.component("a/b");
  for (int i = 0; i < 100000; ++i) metrics->counter("konduit_x_total", "X.", {{"i", std::to_string(i)}}).add();
  const auto families = registry.Collect();
  ASSERT_EQ(families.size(), 1u);
  EXPECT_EQ(families[0].metric.size(), 100000u);
  EXPECT_THAT(registry.scrape(), HasSubstr("konduit_x_total{component=\"a/b\",i=\"99999\"} 1\n"));
}

TEST(ExportedFamilies, SumASourceUnderAnotherName) {
  MetricsRegistry registry;
  registry.component("a/one")->counter("konduit_dials_total", "Dials.", {{"result", "ok"}}).add(3);
  registry.component("a/two")->counter("konduit_dials_total", "Dials.", {{"result", "ok"}}).add(4);
  registry.component("a/two")->counter("konduit_dials_total", "Dials.", {{"result", "no_agent"}}).add(5);
  registry.add_family({.name = "other_dials", .help = "All.", .sources = {{.family = "konduit_dials_total"}}});
  registry.add_family({.name = "other_good",
                       .help = "Good.",
                       .sources = {{.family = "konduit_dials_total", .where = {{"result", "ok"}}}}});
  registry.add_family({.name = "other_kept",
                       .help = "Kept.",
                       .sources = {{.family = "konduit_dials_total", .keep = {{"result", "reason"}}}}});
  const std::string text = registry.scrape();
  EXPECT_THAT(text, HasSubstr("# HELP other_dials All.\n# TYPE other_dials counter\nother_dials 12\n"));
  EXPECT_THAT(text, HasSubstr("other_good 7\n"));
  EXPECT_THAT(text, HasSubstr("other_kept{reason=\"no_agent\"} 5\nother_kept{reason=\"ok\"} 7\n"));
}

TEST(ExportedFamilies, AreThereBeforeAnythingIsCounted) {
  MetricsRegistry registry;
  registry.add_family({.name = "other_ready",
                       .help = "R.",
                       .type = prometheus::MetricType::Gauge,
                       .sources = {{.family = "konduit_ready"}}});
  registry.add_family({.name = "other_kept", .help = "K.", .sources = {{.family = "konduit_x", .keep = {{"a", "a"}}}}});
  EXPECT_EQ(registry.scrape(),
            "# HELP other_kept K.\n# TYPE other_kept counter\n"
            "# HELP other_ready R.\n# TYPE other_ready gauge\nother_ready 0\n");
}

TEST(ExportedFamilies, SumHistograms) {
  MetricsRegistry registry;
  registry.component("a/one")->histogram("konduit_t", "T.", {1, 2}).observe(0.5);
  registry.component("a/two")->histogram("konduit_t", "T.", {1, 2}).observe(1.5);
  registry.add_family({.name = "other_t",
                       .help = "T.",
                       .type = prometheus::MetricType::Histogram,
                       .sources = {{.family = "konduit_t"}}});
  const std::string text = registry.scrape();
  EXPECT_THAT(text, HasSubstr("other_t_count 2\nother_t_sum 2\nother_t_bucket{le=\"1\"} 1\nother_t_bucket{le=\"2\"} 2\n"
                              "other_t_bucket{le=\"+Inf\"} 2\n"));
}

TEST(ExportedFamilies, SumSeveralSourcesUnderLabelsOfTheirOwn) {
  MetricsRegistry registry;
  const auto one = registry.component("a/one");
  one->gauge("konduit_clients", "Clients.").set(2);
  one->gauge("konduit_agents", "Agents.").set(3);
  one->counter("konduit_dials_total", "Dials.", {{"result", "refused"}}).add(1);
  one->counter("konduit_dials_total", "Dials.", {{"result", "timeout"}}).add(4);
  one->counter("konduit_dials_total", "Dials.", {{"result", "unresolvable"}}).add(6);
  registry.add_family({.name = "other_connections",
                       .help = "C.",
                       .type = prometheus::MetricType::Gauge,
                       .sources = {{.family = "konduit_clients", .set = {{"method", "Proxy"}}},
                                   {.family = "konduit_agents", .set = {{"method", "Connect"}}},
                                   {.family = "konduit_nothing", .set = {{"method", "Other"}}}}});
  registry.add_family(
      {.name = "other_failures",
       .help = "F.",
       .sources = {
           {.family = "konduit_dials_total", .where = {{"result", "timeout"}}, .set = {{"reason", "timeout"}}},
           {.family = "konduit_dials_total", .where = {{"result", "refused"}}, .set = {{"reason", "unknown"}}},
           {.family = "konduit_dials_total", .where = {{"result", "unresolvable"}}, .set = {{"reason", "unknown"}}}}});
  const std::string text = registry.scrape();
  EXPECT_THAT(text, HasSubstr("other_connections{method=\"Connect\"} 3\nother_connections{method=\"Other\"} 0\n"
                              "other_connections{method=\"Proxy\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("other_failures{reason=\"timeout\"} 4\nother_failures{reason=\"unknown\"} 7\n"));
}

TEST(ExportedFamilies, LeaveOutWhatDoesNotFit) {
  MetricsRegistry registry;
  registry.component("a/one")->histogram("konduit_t", "T.", {1, 2}).observe(0.5);
  registry.component("a/one")->histogram("konduit_u", "U.", {1, 3}).observe(0.5);
  registry.component("a/one")->gauge("konduit_g", "G.").set(1);
  registry.add_family({.name = "other_t",
                       .help = "T.",
                       .type = prometheus::MetricType::Histogram,
                       .sources = {{.family = "konduit_t"}, {.family = "konduit_u"}, {.family = "konduit_g"}}});
  EXPECT_THAT(registry.scrape(), HasSubstr("other_t_count 1\nother_t_sum 0.5\n"));
}

TEST(ExportedFamilies, TakeANameOnce) {
  MetricsRegistry registry;
  registry.exported().counter("other_x", "X.");
  EXPECT_EQ(refusal([&] { registry.add_family({.name = "other_x", .help = "X.", .sources = {{.family = "y"}}}); }),
            "metric other_x: the name is taken");
  registry.add_family({.name = "other_y", .help = "Y.", .sources = {{.family = "y"}}});
  EXPECT_THAT(refusal([&] { registry.add_family({.name = "other_y", .help = "Y.", .sources = {{.family = "y"}}}); }),
              HasSubstr("taken"));
  EXPECT_EQ(refusal([&] { registry.exported().counter("other_y", "Y."); }), "metric other_y: the name is taken");
}

TEST(MetricsRoute, AnswersInPrometheusFormat) {
  MetricsRegistry registry;
  registry.exported().gauge("up", "Up.").set(1);
  Router router;
  add_metrics_route(router, registry);
  const HttpResponse response = router.answer("GET", "/metrics");
  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(response.body, "# HELP up Up.\n# TYPE up gauge\nup 1\n");
}

}  // namespace
}  // namespace konduit::telemetry
