#include "lb-discovery/lease_registrar.hpp"

#include "konduit/shard.hpp"
#include "lease_fixture.hpp"

namespace konduit::lb {
namespace {

using std::chrono::seconds;
using test_support::ApiReply;
using test_support::ApiRequest;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kName = "konnectivity-proxy-server-s1";

ApiReply no_rights() {
  return {.status = 403, .body = R"({"kind":"Status","reason":"Forbidden","message":"no rights"})"};
}

class LeaseRegistrarTest : public LeaseTest {
 protected:
  LeaseRegistrarTest() {
    terms_.name_space = "kube-system";
    terms_.labels = {{"k8s-app", "konnectivity-server"}, {"zone", "a"}};
    part_ = make();
  }
  ~LeaseRegistrarTest() override { end(*part_); }

  std::unique_ptr<LeaseRegistrarPart> make() {
    return std::make_unique<LeaseRegistrarPart>(host_, *client_, terms_, [this] { return wall(); });
  }
  void start() {
    testkit::await(shard_, part_->start());
    part_->announce("s1");
    pass_time_until([this] { return leases_.has(kName); });
  }
  /// Lets time pass until a task of the part's has ended.
  void run(awaitable<void> task) {
    TaskGroup group(shard_);
    group.spawn(std::move(task));
    pass_time_until([&group] { return group.size() == 0; });
  }
  void end(LeaseRegistrarPart& part) { run(part.stop()); }
  std::uint64_t requests(const char* verb, const char* code) {
    return host_.metrics().counted("konduit_lease_registrar_requests_total", {{"verb", verb}, {"code", code}});
  }
  std::int64_t held() { return host_.metrics().gauged("konduit_lease_held"); }

  LeaseTerms terms_;
  std::unique_ptr<LeaseRegistrarPart> part_;
};

TEST_F(LeaseRegistrarTest, PublishesAnIdOnceHoweverOftenItIsAnnounced) {
  start();
  const auto created = requests("create", "201");
  part_->announce("s1");
  for (int turn = 0; turn < 50; ++turn) shard_.run_turn(Duration::zero());
  EXPECT_EQ(requests("create", "201"), created);
  EXPECT_EQ(requests("get", "200"), 0u) << "nobody else looks for it";
}

TEST_F(LeaseRegistrarTest, PublishesALeaseOfTheServer) {
  start();
  EXPECT_EQ(leases_.text(kName, "holderIdentity"), "s1");
  EXPECT_EQ(leases_.text(kName, "leaseDurationSeconds"), "30");
  EXPECT_EQ(leases_.labels(kName), R"({"k8s-app":"konnectivity-server","zone":"a"})");
  EXPECT_TRUE(kube::parse_time(leases_.text(kName, "renewTime")));
  EXPECT_TRUE(kube::parse_time(leases_.text(kName, "acquireTime")));
  pass_time_until([this] { return held() == 1; });
  EXPECT_TRUE(host_.log().has("the lease of this server is published"));
}

TEST_F(LeaseRegistrarTest, RenewsItEvery15Seconds) {
  start();
  const std::string acquired = leases_.text(kName, "acquireTime");
  for (int i = 0; i != 3; ++i) {
    const std::string renewed = leases_.text(kName, "renewTime");
    const TimePoint before = shard_.now();
    pass_time_until([&] { return leases_.text(kName, "renewTime") != renewed; });
    EXPECT_LE(shard_.now() - before, seconds(16));
  }
  EXPECT_EQ(leases_.text(kName, "acquireTime"), acquired);
  EXPECT_EQ(leases_.asked("PUT"), 3U);
  EXPECT_EQ(leases_.asked("POST"), 1U);
}

TEST_F(LeaseRegistrarTest, TakesOverTheLeaseOfAnEarlierProcess) {
  leases_.put(kName, spec(seconds(20), "s1"));
  const std::string before = leases_.version(kName);
  testkit::await(shard_, part_->start());
  part_->announce("s1");
  pass_time_until([&] { return leases_.version(kName) != before; });
  EXPECT_EQ(leases_.asked("POST"), 0U);
  EXPECT_EQ(leases_.text(kName, "renewTime"), kube::time_text(wall()));
}

TEST_F(LeaseRegistrarTest, GoesOnWhereSomebodyChangedOrRemovedIt) {
  start();
  leases_.put(kName, spec(seconds(5), "somebody"));
  pass_time_until([this] { return leases_.text(kName, "holderIdentity") == "s1"; });
  leases_.erase(kName);
  pass_time_until([this] { return leases_.has(kName); });
  EXPECT_EQ(leases_.text(kName, "holderIdentity"), "s1");
  EXPECT_EQ(held(), 1);
}

TEST_F(LeaseRegistrarTest, IsNotStoppedByAnApiServerThatIsAway) {
  start();
  leases_.trouble = [](const ApiRequest&) { return ApiReply{.way = ApiReply::Way::hang_up}; };
  pass_time_until([this] { return host_.log().has("cannot be renewed for now"); });
  EXPECT_EQ(held(), 1) << "it holds for a while";
  pass_time_until([this] { return host_.log().has("does not hold"); });
  EXPECT_EQ(held(), 0);
  pass(seconds(120));
  std::size_t warnings = 0;
  for (const auto& line : host_.log().lines()) warnings += line.level >= LogLevel::warning;
  EXPECT_LE(warnings, 3U) << "it must not fill the log";
  leases_.trouble = nullptr;
  pass_time_until([this] { return held() == 1; });
  EXPECT_GE(kube::parse_time(leases_.text(kName, "renewTime")), wall() - seconds(6)) << "it ends before the next one";
}

TEST_F(LeaseRegistrarTest, SaysWhyTheApiServerRefuses) {
  leases_.trouble = [](const ApiRequest&) { return no_rights(); };
  testkit::await(shard_, part_->start());
  part_->announce("s1");
  pass_time_until([this] { return host_.log().has("does not hold"); });
  EXPECT_THAT(host_.log().text(), HasSubstr("no rights"));
  EXPECT_EQ(requests("get", "403"), 1U);
  pass(seconds(60));
  EXPECT_LE(requests("get", "403"), 30U) << "it asks without a pause";
}

TEST_F(LeaseRegistrarTest, WithdrawsTheLeaseWhenItDrains) {
  start();
  run(part_->drain(shard_.now() + seconds(10)));
  EXPECT_THAT(leases_.names(), IsEmpty());
  EXPECT_TRUE(host_.log().has("is withdrawn"));
  pass(seconds(60));
  EXPECT_THAT(leases_.names(), IsEmpty()) << "it came back";
}

TEST_F(LeaseRegistrarTest, WithdrawsTheLeaseWhenItStopsWithoutADrain) {
  start();
  end(*part_);
  EXPECT_THAT(leases_.names(), IsEmpty());
  end(*part_);
}

TEST_F(LeaseRegistrarTest, LeavesALeaseThatAnotherProcessOfTheSameIdHasTakenOver) {
  start();
  leases_.put(kName, spec(seconds(0), "s1"));
  run(part_->drain(shard_.now() + seconds(10)));
  EXPECT_TRUE(leases_.has(kName));
}

TEST_F(LeaseRegistrarTest, RemovesAlsoWhatItMayHaveWritten) {
  leases_.trouble = [this](const ApiRequest& request) -> std::optional<ApiReply> {
    if (request.method != "POST") return std::nullopt;
    leases_.put(kName, spec(seconds(0), "s1"));
    return ApiReply{.way = ApiReply::Way::silence};
  };
  testkit::await(shard_, part_->start());
  part_->announce("s1");
  pass_time_until([this] { return leases_.has(kName); });
  end(*part_);
  EXPECT_FALSE(leases_.has(kName));
}

TEST_F(LeaseRegistrarTest, EndsSoonWhileTheApiServerIsAway) {
  start();
  leases_.trouble = [](const ApiRequest&) { return ApiReply{.way = ApiReply::Way::silence}; };
  const TimePoint before = shard_.now();
  run(part_->drain(shard_.now() + seconds(25)));
  end(*part_);
  EXPECT_LE(shard_.now() - before, seconds(4));
  EXPECT_TRUE(host_.log().has("could not be withdrawn"));
}

TEST_F(LeaseRegistrarTest, CollectsLeasesOfServersThatEnded) {
  const std::string labels = R"({"k8s-app":"konnectivity-server","zone":"a"})";
  leases_.put("konnectivity-proxy-server-gone", spec(seconds(31)), labels);
  leases_.put("konnectivity-proxy-server-alive", spec(seconds(0)), labels);
  leases_.put("konnectivity-proxy-server-endless", R"({"renewTime":"2026-01-01T00:00:00Z"})", labels);
  leases_.put("other", spec(seconds(1000)), R"({"k8s-app":"something-else"})");
  start();
  pass_time_until([this] { return leases_.names().size() == 3; });
  EXPECT_THAT(leases_.names(), ElementsAre("konnectivity-proxy-server-alive", kName, "other"));
  EXPECT_EQ(host_.metrics().counted("konduit_lease_collected_total"), 2U);
  pass_time_until([this] { return leases_.names().size() == 2; });
  EXPECT_THAT(leases_.names(), ElementsAre(kName, "other"));
  EXPECT_EQ(requests("delete", "200"), 3U);
  EXPECT_EQ(host_.metrics().observed("konduit_lease_registrar_request_seconds", {{"verb", "delete"}}), 3U);
}

TEST_F(LeaseRegistrarTest, CollectsNothingThatWasRenewedMeanwhile) {
  terms_.labels = {{"k8s-app", "konnectivity-server"}};
  auto collecting = make();
  leases_.put("late", spec(seconds(31)));
  leases_.trouble = [this](const ApiRequest& request) -> std::optional<ApiReply> {
    if (request.method == "DELETE" && request.target.ends_with("/late")) leases_.put("late", spec(seconds(0)));
    return std::nullopt;
  };
  testkit::await(shard_, collecting->start());
  pass_time_until([this] { return requests("delete", "409") == 1; });
  EXPECT_TRUE(leases_.has("late"));
  EXPECT_EQ(host_.metrics().counted("konduit_lease_collected_total"), 0U);
  end(*collecting);
}

TEST_F(LeaseRegistrarTest, EndsWhereverItIsCancelled) {
  for (int steps = 0; steps != 80; ++steps) {
    auto part = make();
    testkit::await(shard_, part->start());
    part->announce("cancelled");
    for (int step = 0; step != steps; ++step) shard_.run_turn(Duration::zero(), 3);
    end(*part);
    EXPECT_FALSE(leases_.has("konnectivity-proxy-server-cancelled")) << "after " << steps;
  }
}

class LeaseRegistrarConfiguration : public ::testing::Test {
 protected:
  config::Node node(const std::string& labels = "a=b", const std::string& renew = "15s") {
    config::Node node = config::Node::map({});
    for (const auto& [key, value] : std::map<std::string, std::string>{{"namespace", "kube-system"},
                                                                       {"labels", labels},
                                                                       {"duration", "30s"},
                                                                       {"renew", renew},
                                                                       {"collect", "15s"}}) {
      node.add(key, config::Node::scalar(value));
    }
    node.set_path("registrars.lease/a");
    return node;
  }
  std::string reported(const config::Node& of) {
    testkit::TestHost host(control_);
    LeaseRegistrar registrar(of, host);
    return host.reports().empty() ? "" : host.reports().front().path + ": " + host.reports().front().what;
  }

  Shard control_{0};
  Shard other_{1};
};

TEST_F(LeaseRegistrarConfiguration, IsRefusedWhereItMakesNoSense) {
  EXPECT_EQ(reported(node()), "");
  EXPECT_THAT(reported(node("ab")), HasSubstr("labels: must be labels as KEY=VALUE"));
  EXPECT_THAT(reported(node("a=b,a=c")), HasSubstr("labels: must be labels"));
  EXPECT_THAT(reported(node("a=b", "30s")), HasSubstr("renew: must be shorter than duration"));
}

TEST_F(LeaseRegistrarConfiguration, WorksOnTheControlShardAlone) {
  testkit::TestHost host({&control_, &other_}, "lease/servers");
  test_support::FakeApiServer server(control_);
  test_support::TempDirectory folder;
  config::Node configuration = node();
  configuration.add("kubeconfig", config::Node::scalar(folder.write(
                                      "kubeconfig", server.kubeconfig("https://localhost:6443", "{token: t}"))));
  LeaseRegistrar registrar(configuration, host);
  testkit::await(control_, registrar.prepare());
  testkit::TestAttachment there(other_);
  const auto idle = registrar.attach(there);
  testkit::await(other_, idle->start());
  idle->announce("s1");
  other_.run_ready();
  EXPECT_TRUE(host.network.attempts.empty());
  testkit::await(other_, idle->drain(other_.now() + seconds(1)));
  testkit::await(other_, idle->stop());
}

}  // namespace
}  // namespace konduit::lb
