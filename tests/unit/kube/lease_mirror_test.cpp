#include "kube/lease_mirror.hpp"

#include <algorithm>

#include "fixture.hpp"
#include "konduit/task_group.hpp"

namespace konduit::kube_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string lease(const std::string& name, const std::string& version) {
  return R"({"kind":"Lease","metadata":{"name":")" + name + R"(","resourceVersion":")" + version + R"("}})";
}

std::string event(const std::string& type, const std::string& object) {
  return R"({"type":")" + type + R"(","object":)" + object + "}";
}

class LeaseMirrorTest : public ClientTest, protected kube::LeaseMirror::Observer {
 protected:
  LeaseMirrorTest() : leases_(connect(), "kube-system"), mirror_(leases_, "", *this) {
    server_.script = [this](const ApiRequest& request) {
      if (request.target.find("watch=1") == std::string::npos) return list_reply;
      return watch_reply;
    };
  }
  ~LeaseMirrorTest() override {
    tasks_.cancel();
    testkit::await(shard_, tasks_.join());
  }
  void start() { tasks_.spawn(mirror_.run()); }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& [name, known] : mirror_.leases()) names.push_back(name);
    return names;
  }
  void leases_changed() override { ++changes_; }
  void lease_call(std::string_view verb, const kube::Error* error, Duration) override {
    calls_.push_back(std::string(verb) + " " + (error ? std::to_string(error->status) : "ok"));
  }
  static ApiReply list_of(const std::string& items, const std::string& version) {
    return {.body =
                R"({"kind":"LeaseList","metadata":{"resourceVersion":")" + version + R"("},"items":[)" + items + "]}"};
  }
  std::size_t count(const char* part) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        server_.requests, [part](const ApiRequest& made) { return made.target.find(part) != std::string::npos; }));
  }

  ApiReply list_reply = list_of(lease("a", "1"), "10");
  ApiReply watch_reply{.way = ApiReply::Way::watch};
  unsigned changes_ = 0;
  std::vector<std::string> calls_;
  kube::Leases leases_;
  kube::LeaseMirror mirror_;
  TaskGroup tasks_{shard_};
};

TEST_F(LeaseMirrorTest, KnowsNothingBeforeTheFirstList) {
  EXPECT_FALSE(mirror_.listed());
  start();
  pass_time_until([this] { return mirror_.listed(); });
  EXPECT_THAT(names(), ElementsAre("a"));
  EXPECT_EQ(changes_, 1U);
}

TEST_F(LeaseMirrorTest, FollowsWhatChanges) {
  start();
  pass_time_until([this] { return server_.watches() == 1; });
  EXPECT_THAT(server_.requests.back().target, HasSubstr("resourceVersion=10"));
  server_.send_to_watches(event("ADDED", lease("b", "11")));
  pass_time_until([this] { return changes_ == 2; });
  EXPECT_THAT(names(), ElementsAre("a", "b"));
  server_.send_to_watches(event("DELETED", lease("a", "12")));
  pass_time_until([this] { return changes_ == 3; });
  EXPECT_THAT(names(), ElementsAre("b"));
}

TEST_F(LeaseMirrorTest, GoesOnFromTheLastVersionWhereAWatchEnds) {
  start();
  pass_time_until([this] { return server_.watches() == 1; });
  server_.send_to_watches(event("BOOKMARK", lease("", "25")));
  server_.end_watches();
  pass_time_until([this] { return count("resourceVersion=25") == 1; });
  EXPECT_EQ(count("watch=1"), 2U);
  EXPECT_EQ(server_.requests.size(), 3U) << "it listed again";
}

TEST_F(LeaseMirrorTest, ListsAgainWhereItsVersionIsTooOld) {
  watch_reply = status_reply(410, "Expired", "too old");
  start();
  pass_time_until([this] { return count("watch=1") == 1; });
  list_reply = list_of(lease("c", "50"), "60");
  watch_reply = {.way = ApiReply::Way::watch};
  pass_time_until([this] { return count("resourceVersion=60") == 1; });
  EXPECT_THAT(names(), ElementsAre("c"));
  EXPECT_FALSE(host_.log().has("cannot be watched")) << "this is how watches end";
}

TEST_F(LeaseMirrorTest, KeepsWhatItKnowsWhileNobodyAnswers) {
  start();
  pass_time_until([this] { return server_.watches() == 1; });
  watch_reply = {.way = ApiReply::Way::hang_up};
  list_reply = {.way = ApiReply::Way::hang_up};
  server_.end_watches();
  pass_time_until([this] { return count("watch=1") == 8; });
  EXPECT_THAT(names(), ElementsAre("a"));
  EXPECT_TRUE(host_.log().has("cannot be watched"));
  const auto& made = server_.requests;
  EXPECT_GE(made.back().time - made[made.size() - 2].time, std::chrono::seconds(15)) << "it did not slow down";
  watch_reply = {.body = event("ADDED", lease("d", "30")) + "\n", .way = ApiReply::Way::watch};
  pass_time_until([this] { return names().size() == 2; });
}

TEST_F(LeaseMirrorTest, TellsThatNothingHasChanged) {
  start();
  pass_time_until([this] { return server_.watches() == 1; });
  server_.send_to_watches(event("BOOKMARK", lease("", "25")));
  pass_time_until([this] { return changes_ == 2; });
  EXPECT_THAT(names(), ElementsAre("a"));
}

TEST_F(LeaseMirrorTest, TellsHowItsCallsEnded) {
  list_reply = status_reply(403, "Forbidden", "no");
  start();
  pass_time_until([this] { return calls_.size() == 1; });
  list_reply = list_of("", "10");
  watch_reply = status_reply(410, "Expired", "too old");
  pass_time_until([this] { return calls_.size() == 3; });
  EXPECT_THAT(calls_, ElementsAre("list 403", "list ok", "watch 410"));
}

TEST_F(LeaseMirrorTest, TellsOfAWatchOnceHoweverItEnds) {
  start();
  pass_time_until([this] { return server_.watches() == 1; });
  server_.send_to_watches(R"({"type":"ERROR","object":{"kind":"Status","code":410}})");
  pass_time_until([this] { return calls_.size() == 4; });
  EXPECT_THAT(calls_, ElementsAre("list ok", "watch ok", "list ok", "watch ok"));
}

TEST_F(LeaseMirrorTest, EndsWhereverItIsCancelled) {
  for (int steps = 0; steps != 60; ++steps) {
    TaskGroup tasks(shard_);
    kube::LeaseMirror mirror(leases_, "", *this);
    tasks.spawn(mirror.run());
    for (int step = 0; step != steps; ++step) shard_.run_turn(Duration::zero(), 3);
    tasks.cancel();
    testkit::await(shard_, tasks.join());
  }
}

}  // namespace
}  // namespace konduit::kube_test
