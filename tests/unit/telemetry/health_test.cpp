#include "telemetry/health.hpp"

#include <gmock/gmock.h>

#include <stdexcept>

#include "telemetry/routes.hpp"

namespace konduit::telemetry {
namespace {

HealthState well() { return {}; }
HealthState lonely() { return {false, "no servers connected"}; }

TEST(Health, WithoutChecksAProcessIsReady) {
  const HealthChecks checks;
  EXPECT_EQ(checks.readiness().status(HealthStyle::plain), 200u);
  EXPECT_EQ(checks.readiness().body(HealthStyle::plain, false), "ok");
}

TEST(Health, PlainTellsTheFirstReasonWith500) {
  HealthChecks checks;
  const auto a = checks.add("ping", well);
  const auto b = checks.add("agents/main", [] { return HealthState{false, "no connection to any proxy agent"}; });
  const auto c = checks.add("other", lonely);
  const HealthReport report = checks.readiness();
  EXPECT_EQ(report.status(HealthStyle::plain), 500u);
  EXPECT_EQ(report.body(HealthStyle::plain, false), "no connection to any proxy agent");
  EXPECT_EQ(
      report.body(HealthStyle::plain, true),
      "[+]ping ok\n[-]agents/main failed: no connection to any proxy agent\n[-]other failed: no servers connected\n");
}

TEST(Health, VerboseTellsEveryCheckWith503WhenOneFails) {
  HealthChecks checks;
  const auto a = checks.add("ping", well);
  const auto b = checks.add("server-connected", lonely);
  const HealthReport report = checks.readiness();
  EXPECT_EQ(report.status(HealthStyle::verbose), 503u);
  EXPECT_EQ(report.body(HealthStyle::verbose, false), "[+]ping ok\n[-]server-connected failed: no servers connected\n");
}

TEST(Health, VerboseTellsEveryCheckOnRequestWhenAllIsWell) {
  HealthChecks checks;
  const auto a = checks.add("ping", well);
  const auto b = checks.add("server-connected", well);
  const HealthReport report = checks.readiness();
  EXPECT_EQ(report.body(HealthStyle::verbose, false), "ok");
  EXPECT_EQ(report.body(HealthStyle::verbose, true), "[+]ping ok\n[+]server-connected ok\ncheck passed\n");
}

TEST(Health, DetailsAreForThoseWhoAsk) {
  HealthChecks checks;
  const auto a = checks.add("server-connected", [] { return HealthState{true, {}, "1 of 3 servers"}; });
  EXPECT_EQ(checks.readiness().body(HealthStyle::verbose, false), "ok");
  EXPECT_EQ(checks.readiness().body(HealthStyle::verbose, true),
            "[+]server-connected ok (1 of 3 servers)\ncheck passed\n");
  EXPECT_EQ(checks.readiness().body(HealthStyle::plain, true),
            "[+]server-connected ok (1 of 3 servers)\ncheck passed\n");
  const auto b = checks.add("link", [] { return HealthState{false, "no servers connected", "0 of 3 servers"}; });
  EXPECT_EQ(checks.readiness().body(HealthStyle::verbose, false),
            "[+]server-connected ok\n[-]link failed: no servers connected\n");
  EXPECT_EQ(checks.readiness().body(HealthStyle::verbose, true),
            "[+]server-connected ok (1 of 3 servers)\n[-]link failed: no servers connected (0 of 3 servers)\n");
}

TEST(Health, ACheckGoesWithItsRegistration) {
  HealthChecks checks;
  {
    auto registration = checks.add("old", lonely);
    EXPECT_FALSE(checks.readiness().ready());
    HealthChecks::Registration moved = std::move(registration);
    EXPECT_FALSE(checks.readiness().ready());
  }
  EXPECT_TRUE(checks.readiness().ready());
}

TEST(Health, ARegistrationThatIsReplacedRemovesItsCheck) {
  HealthChecks checks;
  auto registration = checks.add("old", lonely);
  registration = checks.add("new", well);
  EXPECT_EQ(checks.readiness().body(HealthStyle::verbose, true), "[+]new ok\ncheck passed\n");
  registration.remove();
  registration.remove();
  EXPECT_TRUE(checks.readiness().checks.empty());
}

TEST(Health, ACheckIsAskedEveryTime) {
  HealthChecks checks;
  bool connected = false;
  const auto registration = checks.add("link", [&connected] { return HealthState{connected, "not connected"}; });
  EXPECT_FALSE(checks.readiness().ready());
  connected = true;
  EXPECT_TRUE(checks.readiness().ready());
}

TEST(Health, ACheckThatThrowsIsNotReady) {
  HealthChecks checks;
  const auto a = checks.add("bad", []() -> HealthState { throw std::runtime_error("x"); });
  const auto b = checks.add("mute", [] { return HealthState{false, {}}; });
  EXPECT_EQ(checks.readiness().body(HealthStyle::verbose, false),
            "[-]bad failed: the check failed\n[-]mute failed: not ready\n");
}

TEST(HealthRoutes, LivenessIsOkWhileReadinessIsNot) {
  HealthChecks checks;
  Router router;
  add_health_routes(router, checks, HealthStyle::verbose);
  const auto registration = checks.add("server-connected", lonely);
  for (const char* path : {"/healthz", "/livez"}) {
    EXPECT_EQ(router.answer("GET", path).status, 200u) << path;
    EXPECT_EQ(router.answer("GET", path).body, "ok") << path;
  }
  for (const char* path : {"/readyz", "/ready", "/readyz?verbose"}) {
    EXPECT_EQ(router.answer("GET", path).status, 503u) << path;
    EXPECT_EQ(router.answer("GET", path).body, "[-]server-connected failed: no servers connected\n") << path;
  }
}

TEST(HealthRoutes, TheQuerySaysWhetherChecksAreListed) {
  HealthChecks checks;
  Router router;
  add_health_routes(router, checks, HealthStyle::verbose);
  const auto registration = checks.add("ping", well);
  EXPECT_EQ(router.answer("GET", "/readyz").body, "ok");
  EXPECT_EQ(router.answer("GET", "/readyz?verbose").body, "[+]ping ok\ncheck passed\n");
  EXPECT_EQ(router.answer("GET", "/readyz?verbose=1").body, "[+]ping ok\ncheck passed\n");
}

}  // namespace
}  // namespace konduit::telemetry
