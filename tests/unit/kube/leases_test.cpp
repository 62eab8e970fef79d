#include "kube/leases.hpp"

#include "fixture.hpp"
#include "konduit/task_group.hpp"

namespace konduit::kube_test {
namespace {

using kube::Lease;
using kube::WatchEvent;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kPath = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases";

std::string event(const char* type, const std::string& name, const std::string& version) {
  return std::string(R"({"type":")") + type + R"(","object":{"kind":"Lease","metadata":{"name":")" + name +
         R"(","resourceVersion":")" + version + R"("}}})";
}

struct Told final : kube::LeaseObserver {
  void on_lease(WatchEvent event, const Lease& lease) override {
    lines.push_back(std::to_string(static_cast<int>(event)) + " " + lease.name + "@" + lease.resource_version);
  }
  std::vector<std::string> lines;
};

class LeasesTest : public ClientTest {
 protected:
  LeasesTest() : leases_(connect(), "kube-system") {}
  TimePoint soon() { return shard_.now() + std::chrono::seconds(10); }

  kube::Leases leases_;
};

TEST_F(LeasesTest, AreListedByLabel) {
  server_.script = [](const ApiRequest&) {
    return ApiReply{.body = R"({"kind":"LeaseList","metadata":{"resourceVersion":"99"},"items":[
        {"metadata":{"name":"a"}},{"metadata":{"name":"b"}},{"broken":true},7]})"};
  };
  const auto list = run(leases_.list("k8s-app=konnectivity-server", soon()));
  ASSERT_TRUE(list) << list.error().text;
  EXPECT_EQ(list->resource_version, "99");
  ASSERT_EQ(list->leases.size(), 2U);
  EXPECT_EQ(list->leases[1].name, "b");
  EXPECT_EQ(server_.requests.at(0).target, std::string(kPath) + "?labelSelector=k8s-app%3Dkonnectivity-server");
}

TEST_F(LeasesTest, AreReadCreatedChangedAndRemoved) {
  server_.script = [](const ApiRequest& request) {
    return ApiReply{.status = request.method == "POST" ? 201U : 200U,
                    .body = R"({"kind":"Lease","metadata":{"name":"a","resourceVersion":"2"}})"};
  };
  ASSERT_TRUE(run(leases_.get("a", soon())));
  const auto created = run(leases_.create(Lease{.name = "a", .holder = "h"}, soon()));
  ASSERT_TRUE(created);
  EXPECT_EQ(created->resource_version, "2");
  ASSERT_TRUE(run(leases_.update(Lease{.name = "a", .resource_version = "2"}, soon())));
  ASSERT_TRUE(run(leases_.remove("a", "2", soon())));
  ASSERT_TRUE(run(leases_.remove("a", "", soon())));
  const auto& made = server_.requests;
  ASSERT_EQ(made.size(), 5U);
  const std::string one = std::string(kPath) + "/a";
  EXPECT_EQ(made[0].method + " " + made[0].target, "GET " + one);
  EXPECT_EQ(made[1].method + " " + made[1].target, std::string("POST ") + kPath);
  EXPECT_THAT(made[1].body, HasSubstr(R"("holderIdentity":"h")"));
  EXPECT_EQ(made[2].method + " " + made[2].target, "PUT " + one);
  EXPECT_THAT(made[2].body, HasSubstr(R"("resourceVersion":"2")"));
  EXPECT_EQ(made[3].method + " " + made[3].target, "DELETE " + one);
  EXPECT_THAT(made[3].body, HasSubstr(R"("preconditions":{"resourceVersion":"2"})"));
  EXPECT_EQ(made[4].body, "");
}

TEST_F(LeasesTest, TellConflictsAndWhatIsMissing) {
  server_.script = [](const ApiRequest&) { return status_reply(409, "Conflict", "was changed"); };
  EXPECT_TRUE(run(leases_.update(Lease{.name = "a"}, soon())).error().conflict());
  server_.script = [](const ApiRequest&) { return status_reply(404, "NotFound", "no such lease"); };
  EXPECT_TRUE(run(leases_.get("a", soon())).error().not_found());
}

TEST_F(LeasesTest, AreNotTakenForWhatTheyAreNot) {
  server_.script = [](const ApiRequest&) { return ApiReply{.body = "<html>a portal</html>"}; };
  EXPECT_EQ(run(leases_.list("", soon())).error().kind, kube::Error::Kind::malformed);
  EXPECT_EQ(run(leases_.get("a", soon())).error().kind, kube::Error::Kind::malformed);
}

TEST_F(LeasesTest, AreWatchedFromAVersion) {
  server_.script = [](const ApiRequest&) {
    return ApiReply{.body = event("ADDED", "a", "5") + "\n" + event("MODIFIED", "a", "6") + "\n" +
                            event("BOOKMARK", "", "9") + "\n" + event("DELETED", "a", "10") + "\n",
                    .way = ApiReply::Way::watch};
  };
  Told told;
  std::optional<kube::Answer<>> ended;
  TaskGroup group(shard_);
  group.spawn(testkit::store_result(leases_.watch("x=y", "4", told), &ended));
  pass_time_until([&] { return told.lines.size() == 4; });
  EXPECT_THAT(told.lines, ElementsAre("0 a@5", "1 a@6", "3 @9", "2 a@10"));
  EXPECT_EQ(server_.requests.at(0).target, std::string(kPath) +
                                               "?watch=1&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=4"
                                               "&labelSelector=x%3Dy");
  server_.end_watches();
  pass_time_until([&] { return ended.has_value(); });
  EXPECT_TRUE(*ended);
  testkit::await(shard_, group.join());
}

TEST_F(LeasesTest, TellThatAVersionIsTooOldAlsoInTheMiddleOfAWatch) {
  server_.script = [](const ApiRequest&) {
    return ApiReply{
        .body = R"({"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}})"
                "\n",
        .way = ApiReply::Way::watch};
  };
  Told told;
  const auto ended = run(leases_.watch("", "4", told));
  ASSERT_FALSE(ended);
  EXPECT_TRUE(ended.error().gone());
  EXPECT_EQ(ended.error().reason, "Expired");
  EXPECT_THAT(ended.error().text, HasSubstr("410 too old"));
}

TEST_F(LeasesTest, EndAWatchThatMakesNoSense) {
  for (const char* line : {"garbage\n", "{\"type\":\"OTHER\"}\n", "[]\n"}) {
    server_.script = [line](const ApiRequest&) { return ApiReply{.body = line, .way = ApiReply::Way::watch}; };
    Told told;
    const auto ended = run(leases_.watch("", "4", told));
    ASSERT_FALSE(ended) << line;
    EXPECT_EQ(ended.error().kind, kube::Error::Kind::malformed) << line;
  }
}

}  // namespace
}  // namespace konduit::kube_test
