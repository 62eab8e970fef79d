#include "lb-discovery/lease_discovery.hpp"

#include "konduit/shard.hpp"
#include "lease_fixture.hpp"

namespace konduit::lb {
namespace {

using std::chrono::seconds;
using test_support::ApiReply;
using test_support::ApiRequest;
using ::testing::HasSubstr;
using ::testing::Optional;

class LeaseDiscoveryTest : public LeaseTest, protected DiscoveryPart::Observer {
 protected:
  LeaseDiscoveryTest()
      : part_(host_, *client_, "kube-system", "k8s-app=konnectivity-server", [this] { return wall(); }) {
    part_.subscribe(*this);
  }
  ~LeaseDiscoveryTest() override {
    part_.unsubscribe(*this);
    testkit::await(shard_, part_.stop());
  }
  void on_discovery_changed() override { ++notices_; }
  void start() { testkit::await(shard_, part_.start()); }
  void await_watch() {
    pass_time_until([this] { return server_.watches() == 1; });
  }
  void renew_all() {
    for (const std::string& name : leases_.names()) leases_.put(name, spec(seconds(0)));
  }

  LeaseDiscoveryPart part_;
  int notices_ = 0;
};

TEST_F(LeaseDiscoveryTest, KnowsNothingBeforeTheFirstList) {
  leases_.put("a", spec(seconds(1)));
  EXPECT_EQ(part_.count(), std::nullopt);
  start();
  pass_time_until([this] { return part_.count().has_value(); });
  EXPECT_THAT(part_.count(), Optional(1U));
  EXPECT_EQ(notices_, 1);
  EXPECT_THAT(server_.requests.at(0).target, HasSubstr("/namespaces/kube-system/leases?labelSelector="));
}

TEST_F(LeaseDiscoveryTest, CountsTheLeasesThatHold) {
  leases_.put("a", spec(seconds(0)));
  leases_.put("b", spec(seconds(29)));
  leases_.put("ended", spec(seconds(31)));
  leases_.put("acquired", R"({"leaseDurationSeconds":30,"acquireTime":")" + kube::time_text(wall()) + "\"}");
  leases_.put("endless", R"({"renewTime":")" + kube::time_text(wall()) + "\"}");
  leases_.put("timeless", R"({"leaseDurationSeconds":30})");
  leases_.put("other", spec(seconds(0)), R"({"k8s-app":"something-else"})");
  start();
  pass_time_until([this] { return part_.count().has_value(); });
  EXPECT_THAT(part_.count(), Optional(3U));
  EXPECT_EQ(host_.metrics().gauged("konduit_leases_valid"), 3);
}

TEST_F(LeaseDiscoveryTest, FollowsLeasesThatComeAndGo) {
  leases_.put("a", spec(seconds(0)));
  start();
  await_watch();
  leases_.put("b", spec(seconds(0)));
  pass_time_until([this] { return part_.count() == 2U; });
  leases_.put("a", spec(seconds(0)));
  leases_.erase("b");
  pass_time_until([this] { return part_.count() == 1U; });
  EXPECT_EQ(notices_, 3);
}

TEST_F(LeaseDiscoveryTest, NoticesALeaseThatIsNotRenewed) {
  leases_.put("a", spec(seconds(0)));
  leases_.put("b", spec(seconds(0)));
  start();
  pass_time_until([this] { return part_.count() == 2U; });
  await_watch();
  for (int i = 0; i != 4; ++i) {
    pass(seconds(9));
    leases_.put("a", spec(seconds(0)));
  }
  pass_time_until([this] { return part_.count() == 1U; });
}

TEST_F(LeaseDiscoveryTest, NoticesByABookmarkThatNobodyRenews) {
  leases_.put("a", spec(seconds(0)));
  leases_.put("b", spec(seconds(0)));
  start();
  await_watch();
  pass(seconds(40));
  EXPECT_THAT(part_.count(), Optional(2U));
  leases_.bookmark();
  pass_time_until([this] { return part_.count() == 1U; });
}

TEST_F(LeaseDiscoveryTest, AssumesOneServerWhereNoLeaseHoldsAndSaysSoOnce) {
  leases_.put("ended", spec(seconds(31)));
  start();
  await_watch();
  EXPECT_THAT(part_.count(), Optional(1U));
  leases_.bookmark();
  pass(seconds(1));
  EXPECT_EQ(host_.metrics().gauged("konduit_leases_valid"), 0);
  std::size_t told = 0;
  for (const auto& line : host_.log().lines()) told += line.message.find("one server is assumed") != std::string::npos;
  EXPECT_EQ(told, 1U);
}

TEST_F(LeaseDiscoveryTest, KeepsTheCountWhileTheApiServerIsAway) {
  for (const char* name : {"a", "b", "c"}) leases_.put(name, spec(seconds(0)));
  start();
  await_watch();
  leases_.trouble = [](const ApiRequest&) { return ApiReply{.way = ApiReply::Way::hang_up}; };
  server_.end_watches();
  pass(seconds(120));
  EXPECT_THAT(part_.count(), Optional(3U));
  EXPECT_EQ(notices_, 1);
  EXPECT_TRUE(host_.log().has("cannot be watched"));
  renew_all();
  leases_.erase("c");
  leases_.trouble = nullptr;
  pass_time_until([this] { return part_.count() == 2U; });
}

TEST_F(LeaseDiscoveryTest, ListsAgainAfterAGoneInTheMiddleOfAWatch) {
  leases_.put("a", spec(seconds(0)));
  start();
  await_watch();
  leases_.trouble = [](const ApiRequest&) { return ApiReply{.way = ApiReply::Way::hang_up}; };
  leases_.put("b", spec(seconds(0)));
  pass_time_until([this] { return part_.count() == 2U; });
  leases_.trouble = nullptr;
  leases_.forget_history();
  server_.send_to_watches(R"({"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}})");
  pass_time_until([this] { return leases_.asked("WATCH") == 2; });
  pass(seconds(1));
  leases_.put("c", spec(seconds(0)));
  leases_.put("a", spec(seconds(0)));
  leases_.put("b", spec(seconds(0)));
  pass_time_until([this] { return part_.count() == 3U; });
  EXPECT_EQ(host_.metrics().counted("konduit_lease_discovery_requests_total", {{"verb", "list"}, {"code", "200"}}), 2U);
}

TEST_F(LeaseDiscoveryTest, CountsHowTheApiServerAnswers) {
  leases_.trouble = [](const ApiRequest&) {
    return ApiReply{.status = 403, .body = R"({"kind":"Status","reason":"Forbidden","message":"no rights"})"};
  };
  start();
  pass_time_until([this] { return host_.log().has("cannot be watched"); });
  EXPECT_EQ(part_.count(), std::nullopt);
  leases_.trouble = nullptr;
  await_watch();
  const auto counted = [this](const char* verb, const char* code, const char* reason) {
    return host_.metrics().counted("konduit_lease_discovery_requests_total",
                                   {{"verb", verb}, {"code", code}, {"reason", reason}});
  };
  EXPECT_EQ(counted("list", "403", "Forbidden"), 1U);
  EXPECT_EQ(counted("list", "200", ""), 1U);
  EXPECT_EQ(counted("watch", "200", ""), 1U);
  EXPECT_EQ(host_.metrics().observed("konduit_lease_discovery_list_seconds"), 2U);
  EXPECT_THAT(host_.log().text(), HasSubstr("no rights"));
}

TEST(LeaseDiscovery, WorksOnTheControlShardAlone) {
  Shard control(0);
  Shard other(1);
  testkit::TestHost host({&control, &other}, "lease/count");
  test_support::FakeApiServer server(control);
  test_support::TempDirectory folder;
  const std::string file = folder.write("kubeconfig", server.kubeconfig("https://localhost:6443", "{token: t}"));
  config::Node node = config::Node::map({});
  node.add("namespace", config::Node::scalar("kube-system"));
  node.add("labels", config::Node::scalar("a=b"));
  node.add("kubeconfig", config::Node::scalar(file));
  LeaseDiscovery discovery(node, host);
  testkit::await(control, discovery.prepare());
  testkit::TestAttachment there(other);
  const auto idle = discovery.attach(there);
  testkit::await(other, idle->start());
  other.run_ready();
  EXPECT_TRUE(host.network.attempts.empty());
  testkit::await(other, idle->stop());
}

}  // namespace
}  // namespace konduit::lb
