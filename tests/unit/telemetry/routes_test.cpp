#include "telemetry/routes.hpp"

#include <gmock/gmock.h>

#include <string>
#include <utility>

namespace konduit::telemetry {
namespace {

using ::testing::ElementsAre;

class MetricsRedirect : public ::testing::Test {
 protected:
  MetricsRedirect() {
    add_metrics_redirect(router_, [this] { return port_; });
  }
  std::string location(std::string_view host) {
    const HttpResponse response = router_.answer("GET", "/metrics", host);
    EXPECT_EQ(response.status, 301u);
    EXPECT_THAT(response.headers,
                ElementsAre(std::pair<std::string, std::string>("Location", response.headers[0].second)));
    EXPECT_EQ(response.body, "<a href=\"" + response.headers[0].second + "\">Moved Permanently</a>.\n\n");
    return response.headers[0].second;
  }

  std::string port_ = "8093";
  Router router_;
};

TEST_F(MetricsRedirect, LeadsToTheSameHostOnAnotherPort) {
  EXPECT_EQ(location("10.0.0.1:8094"), "//10.0.0.1:8093/metrics");
  EXPECT_EQ(location("agent.example"), "//agent.example:8093/metrics");
  EXPECT_EQ(location("[::1]:8094"), "//[::1]:8093/metrics");
  EXPECT_EQ(location("[::1]"), "//[::1]:8093/metrics");
}

TEST_F(MetricsRedirect, AsksForThePortEveryTime) {
  port_ = "1";
  EXPECT_EQ(location("h"), "//h:1/metrics");
}

TEST_F(MetricsRedirect, LetsNoHostBreakOut) { EXPECT_EQ(location("a\"><b>\r\nX"), "//abX:8093/metrics"); }

}  // namespace
}  // namespace konduit::telemetry
