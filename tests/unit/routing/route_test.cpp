#include "routing/route.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>

#include "config/configuration.hpp"
#include "konduit/testkit/memory_stream.hpp"
#include "konduit/testkit/run.hpp"
#include "konduit/testkit/test_host.hpp"

namespace konduit::routing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A backend that answers as the test says, and notes whom it was asked for.
class FakeBackend final : public BackendPart {
 public:
  FakeBackend(Shard& shard, std::string id, std::vector<std::string>& asked)
      : shard_(shard), id_(std::move(id)), asked_(asked) {}

  awaitable<DialResult<StreamPtr>> dial(const DialRequest& request) override {
    asked_.push_back(id_);
    deadline = request.deadline;
    if (takes > Duration::zero()) {
      const TimePoint ready = shard_.now() + takes;
      const auto waited = co_await shard_.deadlines().wait_until(std::min(ready, request.deadline));
      if (waited) co_return DialError{DialErrc::cancelled, false, "cancelled"};
      if (request.deadline < ready) co_return DialError{DialErrc::timeout, true, "too slow"};
    }
    if (error) co_return *error;
    auto ends = testkit::MemoryStream::make_pair(shard_);
    peers.push_back(std::move(ends.second));
    co_return StreamPtr(std::move(ends.first));
  }

  std::optional<DialError> error;
  Duration takes{};
  TimePoint deadline{};
  std::vector<StreamPtr> peers;

 private:
  Shard& shard_;
  const std::string id_;
  std::vector<std::string>& asked_;
};

class RouteTest : public ::testing::Test {
 protected:
  RouteTest() {
    for (const char* id : {"agents/east", "agents/west", "direct/node"}) {
      backends_.emplace_back(shard_, id, asked_);
      by_id_[id] = &backends_.back();
      attachment_.add(ComponentKind::backend, id, backends_.back());
    }
  }
  std::unique_ptr<Route> make(std::string_view yaml) {
    config::Problems problems;
    const auto node = config::read_text(yaml, "route.yaml", problems);
    EXPECT_TRUE(problems.ok()) << problems.text();
    return std::make_unique<Route>(*node, host_);
  }
  void use(std::string_view yaml) {
    part_.reset();
    route_ = make(yaml);
    ASSERT_THAT(host_.reports(), IsEmpty());
    part_ = route_->attach(attachment_);
  }
  DialResult<StreamPtr> dial(std::string host, std::uint16_t port = 443, std::string frontend = "http-connect/ops") {
    asked_.clear();
    request_ = {};
    request_.target = {std::move(host), port};
    request_.frontend = std::move(frontend);
    request_.deadline = deadline_;
    return testkit::await(shard_, part_->dial(request_));
  }
  std::vector<std::string> reports(std::string_view yaml) {
    make(yaml);
    std::vector<std::string> said;
    for (const auto& report : host_.reports()) said.push_back(report.path + ": " + report.what);
    return said;
  }
  std::uint64_t counted(std::string_view backend, std::string_view result) {
    return host_.metrics().counted("konduit_route_dials_total", {{"backend", backend}, {"result", result}});
  }

  Shard shard_;
  testkit::TestHost host_{shard_, "route/split"};
  testkit::TestAttachment attachment_{shard_};
  std::vector<std::string> asked_;
  std::deque<FakeBackend> backends_;
  std::map<std::string, FakeBackend*> by_id_;
  std::unique_ptr<Route> route_;
  std::unique_ptr<BackendPart> part_;
  DialRequest request_;
  TimePoint deadline_ = TimePoint::max();
};

constexpr const char* kSplit = R"({rules: [
  {targets: ["*.east.example", "10.1.0.0/16"], backends: [agents/east, agents/west]},
  {targets: ["*:22"], frontends: [http-connect/ops], backends: [agents/west]},
  {frontends: [grpc/kas], backends: [agents/east]}],
  default: [direct/node]})";

TEST_F(RouteTest, LetsTheFirstRuleThatMatchesDecide) {
  use(kSplit);
  const auto went_to = [this](std::string host, std::uint16_t port, std::string frontend) {
    EXPECT_TRUE(dial(std::move(host), port, std::move(frontend)));
    return asked_.size() == 1 ? asked_.front() : "several";
  };
  EXPECT_EQ(went_to("a.EAST.example.", 443, "http-connect/ops"), "agents/east");
  EXPECT_EQ(went_to("::ffff:10.1.2.3", 22, "http-connect/ops"), "agents/east");
  EXPECT_EQ(went_to("10.2.0.1", 22, "http-connect/ops"), "agents/west");
  EXPECT_EQ(went_to("10.2.0.1", 22, "http-connect/other"), "direct/node");
  EXPECT_EQ(went_to("east.example", 443, "grpc/kas"), "agents/east");
  EXPECT_EQ(went_to("east.example", 443, "http-connect/ops"), "direct/node");
  EXPECT_EQ(counted("agents/east", "ok"), 3U);
}

TEST_F(RouteTest, AsksTheNextBackendWhereOneCannot) {
  use(kSplit);
  by_id_["agents/east"]->error = DialError{DialErrc::no_route, true, "No agent available"};
  EXPECT_TRUE(dial("a.east.example"));
  EXPECT_THAT(asked_, ElementsAre("agents/east", "agents/west"));
  EXPECT_EQ(counted("agents/east", "error"), 1U);
  EXPECT_EQ(counted("agents/west", "ok"), 1U);
  EXPECT_EQ(host_.metrics().counted("konduit_route_fallbacks_total"), 1U);
}

TEST_F(RouteTest, AsksNobodyElseWhereTheAnswerIsFinal) {
  use(kSplit);
  for (const auto code : {DialErrc::denied, DialErrc::refused, DialErrc::unresolvable, DialErrc::cancelled}) {
    by_id_["agents/east"]->error = DialError{code, false, "final"};
    const auto result = dial("a.east.example");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, code);
    EXPECT_THAT(asked_, ElementsAre("agents/east"));
  }
}

TEST_F(RouteTest, AnswersWhatTheLastOneSaid) {
  use(kSplit);
  by_id_["agents/east"]->error = DialError{DialErrc::no_route, true, "No agent available"};
  by_id_["agents/west"]->error = DialError{DialErrc::overloaded, true, "full"};
  const auto result = dial("a.east.example");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().text, "full");
}

TEST_F(RouteTest, LeavesTimeForTheNextBackend) {
  use(kSplit);
  shard_.deadlines().fake_clock();
  const TimePoint began = shard_.now();
  request_ = {};
  request_.target = {"a.east.example", 443};
  request_.deadline = began + 10s;
  by_id_["agents/east"]->takes = 1h;
  std::optional<DialResult<StreamPtr>> result;
  TaskGroup tasks(shard_);
  tasks.spawn(testkit::store_result(part_->dial(request_), &result));
  testkit::run_until(shard_, [this] { return !asked_.empty(); });
  EXPECT_EQ(by_id_["agents/east"]->deadline, began + 5s);
  shard_.deadlines().advance(5s);
  ASSERT_TRUE(testkit::run_until(shard_, [&] { return result.has_value(); }));
  EXPECT_TRUE(*result);
  EXPECT_EQ(by_id_["agents/west"]->deadline, began + 10s);
  testkit::await(shard_, tasks.join());
}

TEST_F(RouteTest, AsksNobodyWhenTheTimeIsUp) {
  use(kSplit);
  deadline_ = shard_.now() - 1ms;
  by_id_["agents/east"]->error = DialError{DialErrc::timeout, true, "too slow"};
  EXPECT_FALSE(dial("a.east.example"));
  EXPECT_THAT(asked_, ElementsAre("agents/east"));
}

TEST_F(RouteTest, FailsWhereNoRuleIsForADialAndThereIsNoDefault) {
  use(R"({rules: [{targets: ["*.east.example"], backends: [agents/east]}]})");
  const auto result = dial("other.example");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, DialErrc::no_route);
  EXPECT_EQ(result.error().text, "route/split has no rule for other.example:443");
  EXPECT_EQ(host_.metrics().counted("konduit_route_unrouted_total"), 1U);
}

class CancelledRoute final : public testkit::CancelScenario {
 public:
  explicit CancelledRoute(Shard& shard)
      : shard_(shard),
        host_(shard, "route/r"),
        attachment_(shard),
        first_(shard, "a", asked_),
        second_(shard, "b", asked_) {
    config::Problems problems;
    route_ = std::make_unique<Route>(*config::read_text("{default: [x/a, x/b]}", "r.yaml", problems), host_);
    attachment_.add(ComponentKind::backend, "x/a", first_);
    attachment_.add(ComponentKind::backend, "x/b", second_);
    part_ = route_->attach(attachment_);
    first_.error = DialError{DialErrc::no_route, true, "none"};
    first_.takes = second_.takes = 1us;
  }
  awaitable<void> operation() override { result_.emplace(co_await part_->dial(request_)); }
  void check(bool cancelled) override {
    ASSERT_TRUE(result_);
    EXPECT_TRUE(cancelled || *result_);
    EXPECT_TRUE(*result_ || result_->error().code == DialErrc::cancelled);
  }

 private:
  Shard& shard_;
  testkit::TestHost host_;
  testkit::TestAttachment attachment_;
  std::vector<std::string> asked_;
  FakeBackend first_;
  FakeBackend second_;
  std::unique_ptr<Route> route_;
  std::unique_ptr<BackendPart> part_;
  DialRequest request_;
  std::optional<DialResult<StreamPtr>> result_;
};

TEST(RouteCancellation, EndsTheDialThatIsUnderWay) {
  EXPECT_GT(testkit::cancel_at_every_step([](Shard& shard) { return std::make_unique<CancelledRoute>(shard); }), 1U);
}

TEST_F(RouteTest, ReportsWhatIsWrongWhereItStands) {
  EXPECT_THAT(reports(R"({rules: [{targets: ["a b"], backends: [agents/east]}, {backends: [agents/east]},
                         {targets: ["*"], backends: []}, {targets: ["*"], backends: [direct/node, direct/node]}]})"),
              ElementsAre(HasSubstr("rules[0].targets[0]: \"a b\" names no target"),
                          HasSubstr("rules[1]: names neither targets nor frontends"),
                          HasSubstr("rules[2].backends: names no backend"),
                          HasSubstr("rules[3].backends[1]: \"direct/node\" has been asked before")));
}

TEST_F(RouteTest, ReportsThatItLeadsNowhere) {
  EXPECT_THAT(reports("{rules: []}"), ElementsAre(HasSubstr("has neither rules nor a default")));
}

}  // namespace
}  // namespace konduit::routing
