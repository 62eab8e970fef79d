#include "filters/limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <list>

#include "config/configuration.hpp"
#include "konduit/testkit/memory_stream.hpp"
#include "konduit/testkit/run.hpp"
#include "konduit/testkit/stream_user.hpp"
#include "konduit/testkit/test_host.hpp"

namespace konduit::filters {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LimitsTest : public ::testing::Test {
 protected:
  LimitsTest() { shard_.deadlines().fake_clock(); }

  std::unique_ptr<Limits> make(std::string_view yaml, Host& host) {
    config::Problems problems;
    auto node = config::read_text(yaml, "limits.yaml", problems);
    EXPECT_TRUE(problems.ok()) << problems.text();
    return std::make_unique<Limits>(*node, host);
  }
  void use(std::string_view yaml) {
    part_.reset();
    limits_ = make(yaml, host_);
    ASSERT_THAT(host_.reports(), IsEmpty());
    testkit::await(shard_, limits_->prepare());
    part_ = limits_->attach(attachment_);
  }
  /// A dial that is under way until end().
  DialRequest& request(std::string peer = "tcp://192.0.2.1:1000", std::string identity = {},
                       std::string target = "api.example") {
    auto& made = requests_.emplace_back();
    made.target = {std::move(target), 443};
    made.peer = {.address = std::move(peer), .certificate = nullptr, .identity = std::move(identity)};
    return made;
  }
  /// Why the dial is refused; empty if it is not.
  std::string dial(DialRequest& request) {
    auto verdict = part_->on_dial(request);
    EXPECT_TRUE(verdict.ready());
    const auto result = verdict.take();
    if (result) return {};
    EXPECT_EQ(result.error().code, DialErrc::overloaded);
    return result.error().text;
  }
  /// A tunnel of `part` whose target has `bytes` to say.
  struct Tunnel {
    std::unique_ptr<testkit::StreamUser> near;
    std::unique_ptr<testkit::StreamUser> target;
  };
  Tunnel open(FilterPart& part, std::size_t bytes) {
    auto& one = request();
    EXPECT_TRUE(part.on_dial(one).take());
    auto [stream, peer] = testkit::MemoryStream::make_pair(shard_, {}, {.window = 1 << 20});
    Tunnel made{std::make_unique<testkit::StreamUser>(shard_, part.on_stream(one, std::move(stream))),
                std::make_unique<testkit::StreamUser>(shard_, std::move(peer))};
    made.near->receive();
    made.target->send(testkit::pattern(bytes));
    return made;
  }
  /// What a document that was replaced leaves at work.
  struct Older {
    std::unique_ptr<Limits> limits;
    std::unique_ptr<FilterPart> part;
  };
  void pass(Duration time) {
    for (Duration passed{}; passed <= time; passed += 10ms) {
      while (shard_.run_ready() != 0) {
      }
      shard_.deadlines().advance(10ms);
    }
  }
  /// A tunnel each under a document that was replaced and under the one in its place.
  struct Change {
    Tunnel old;
    std::size_t taken_before;  ///< By the old tunnel's client.
    Older older;
    Tunnel fresh;
  };
  /// Opens a tunnel under `from` and another under `to`, which takes its place a moment later.
  Change change(std::string_view from, std::size_t old_bytes, std::string_view to, std::size_t fresh_bytes) {
    use(from);
    Tunnel old = open(*part_, old_bytes);
    pass(100ms);
    const std::size_t taken_before = old.near->received().size();
    Older older{std::move(limits_), std::move(part_)};
    use(to);
    return {std::move(old), taken_before, std::move(older), open(*part_, fresh_bytes)};
  }
  void end(DialRequest& request) { part_->on_end({.request = &request, .end = "closed"}); }

  Shard shard_;
  testkit::TestHost host_{shard_, "limits/tenants"};
  testkit::TestAttachment attachment_{shard_};
  std::unique_ptr<Limits> limits_;
  std::unique_ptr<FilterPart> part_;
  std::list<DialRequest> requests_;
};

TEST_F(LimitsTest, RefusesTunnelsBeyondTheirNumberUntilOneEnds) {
  use("{scope: process, tunnels: 2}");
  auto& first = request();
  EXPECT_EQ(dial(first), "");
  EXPECT_EQ(dial(request()), "");
  auto& third = request();
  EXPECT_EQ(dial(third), "too many tunnels: limits/tenants allows 2");
  end(third);  // it had taken no place
  EXPECT_NE(dial(request()), "");
  EXPECT_EQ(host_.metrics().gauged("konduit_limits_tunnels"), 2);
  end(first);
  EXPECT_EQ(dial(request()), "");
  EXPECT_EQ(host_.metrics().counted("konduit_limits_refusals_total", {{"limit", "tunnels"}}), 2U);
}

TEST_F(LimitsTest, RefusesDialsBeyondTheirRate) {
  use("{scope: process, dials: {count: 2, every: 1s, burst: 3}}");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(dial(request()), "");
  EXPECT_EQ(dial(request()), "too many dials: limits/tenants allows 2 in 1s");
  shard_.deadlines().advance(500ms);
  EXPECT_EQ(dial(request()), "");
  EXPECT_NE(dial(request()), "");
  EXPECT_EQ(host_.metrics().counted("konduit_limits_refusals_total", {{"limit", "dials"}}), 2U);
}

TEST_F(LimitsTest, CountsEachClientByItself) {
  use("{scope: peer, tunnels: 1}");
  EXPECT_EQ(dial(request("tcp://192.0.2.1:1000")), "");
  EXPECT_EQ(dial(request("tcp://192.0.2.1:2000")), "too many tunnels of tcp://192.0.2.1: limits/tenants allows 1");
  EXPECT_EQ(dial(request("tcp://192.0.2.2:1000")), "");
  EXPECT_EQ(dial(request("tcp://192.0.2.1:3000", "ops")), "");
  EXPECT_EQ(dial(request("tcp://192.0.2.9:3000", "ops")), "too many tunnels of ops: limits/tenants allows 1");
}

TEST_F(LimitsTest, CountsEachTargetByItselfHoweverItIsSpelled) {
  use("{scope: target, tunnels: 1}");
  EXPECT_EQ(dial(request("", "", "api.example")), "");
  EXPECT_EQ(dial(request("", "", "API.example.")), "too many tunnels to api.example: limits/tenants allows 1");
  EXPECT_EQ(dial(request("", "", "other.example")), "");
}

TEST_F(LimitsTest, WrapsNoStreamWhereBytesAreNotLimited) {
  use("{scope: process, tunnels: 1}");
  auto& one = request();
  EXPECT_EQ(dial(one), "");
  auto [stream, peer] = testkit::MemoryStream::make_pair(shard_);
  auto* const given = stream.get();
  EXPECT_EQ(part_->on_stream(one, std::move(stream)).get(), given);
}

TEST_F(LimitsTest, SlowsAllTunnelsOfAClientTogether) {
  use("{scope: peer, to_client: {per_second: 100KiB, burst: 10KiB}}");
  std::vector<std::unique_ptr<testkit::StreamUser>> users;
  std::vector<std::unique_ptr<testkit::StreamUser>> targets;
  for (int i = 0; i < 2; ++i) {
    auto& one = request();
    ASSERT_EQ(dial(one), "");
    auto [stream, peer] = testkit::MemoryStream::make_pair(shard_, {}, {.window = 1 << 20});
    users.push_back(std::make_unique<testkit::StreamUser>(shard_, part_->on_stream(one, std::move(stream))));
    targets.push_back(std::make_unique<testkit::StreamUser>(shard_, std::move(peer)));
    users.back()->receive();
    targets.back()->send(testkit::pattern(200 * 1024));
  }
  for (int i = 0; i < 100; ++i) {
    shard_.deadlines().advance(10ms);
    while (shard_.run_ready() != 0) {
    }
  }
  EXPECT_NEAR(static_cast<double>(users[0]->received().size() + users[1]->received().size()), 110 * 1024, 5000);
  EXPECT_GT(host_.metrics().counted("konduit_limits_waits_total", {{"direction", "to_client"}}), 0U);
  EXPECT_EQ(host_.metrics().counted("konduit_limits_waits_total", {{"direction", "to_target"}}), 0U);
  for (auto& one : requests_) end(one);
}

TEST_F(LimitsTest, KeepsItsAccountsWhenTheDocumentChanges) {
  use("{scope: peer, tunnels: 3}");
  const auto old_limits = std::move(limits_);
  const auto old_part = std::move(part_);
  auto& old_request = request();
  ASSERT_TRUE(old_part->on_dial(old_request).take());
  use("{scope: peer, tunnels: 1}");
  EXPECT_EQ(dial(request()), "too many tunnels of tcp://192.0.2.1: limits/tenants allows 1");
  old_part->on_end({.request = &old_request, .end = "closed"});
  EXPECT_EQ(dial(request()), "");
}

TEST_F(LimitsTest, GivesNewTunnelsTheNewRateHoweverMuchTheOldOneLent) {
  const auto changed = change("{scope: peer, to_client: {per_second: 1KiB, burst: 1MiB}}", 1 << 20,
                              "{scope: peer, to_client: {per_second: 1MiB, burst: 1MiB}}", 1 << 20);
  ASSERT_EQ(changed.taken_before, 1U << 20);
  pass(1100ms);
  EXPECT_EQ(changed.fresh.near->received().size(), 1U << 20);
}

TEST_F(LimitsTest, HoldsAFasterRateForTunnelsThatAreOpen) {
  const auto changed = change("{scope: peer, to_client: {per_second: 1KiB}}", 800 << 10,
                              "{scope: peer, to_client: {per_second: 1MiB, burst: 64KiB}}", 800 << 10);
  // Both stand in line for a megabyte a second.
  pass(3s);
  EXPECT_EQ(changed.fresh.near->received().size(), 800U << 10);
  EXPECT_EQ(changed.old.near->received().size(), 800U << 10);
}

TEST_F(LimitsTest, HoldsASlowerRateForTunnelsThatAreOpen) {
  const auto changed = change("{scope: peer, to_client: {per_second: 1MiB, burst: 64KiB}}", 1 << 20,
                              "{scope: peer, to_client: {per_second: 10KiB}}", 0);
  const auto before = changed.old.near->received().size();
  pass(3s);
  EXPECT_LE(changed.old.near->received().size(), before + (50U << 10));
  EXPECT_GE(changed.old.near->received().size(), before + (30U << 10));
}

TEST_F(LimitsTest, StopsNoTunnelWhenBytesAreLimitedNoMore) {
  const auto changed =
      change("{scope: peer, to_client: {per_second: 1KiB}}", 800 << 10, "{scope: peer, tunnels: 5}", 800 << 10);
  pass(1500ms);
  EXPECT_EQ(changed.fresh.near->received().size(), 800U << 10);
  EXPECT_EQ(changed.old.near->received().size(), 800U << 10);
}

TEST_F(LimitsTest, LeavesTheRateAloneWhileNothingIsDialledUnderTheNewDocument) {
  use("{scope: peer, to_client: {per_second: 10KiB}}");
  const auto old = open(*part_, 800 << 10);
  pass(100ms);
  // It could not start.
  const auto refused = make("{scope: peer, to_client: {per_second: 1MiB}}", host_);
  testkit::await(shard_, refused->prepare());
  const auto refused_part = refused->attach(attachment_);
  pass(2s);
  EXPECT_NEAR(static_cast<double>(old.near->received().size()), 31 * 1024, 5000);
}

TEST_F(LimitsTest, JudgesDialsOfADocumentThatIsOnlyTried) {
  limits_ = make("{scope: process, tunnels: 1}", host_);
  part_ = limits_->attach(attachment_);
  EXPECT_EQ(dial(request()), "");
  EXPECT_NE(dial(request()), "");
}

TEST_F(LimitsTest, SaysThatItWouldLimitNothing) {
  make("{scope: peer}", host_);
  ASSERT_EQ(host_.reports().size(), 1U);
  EXPECT_THAT(host_.reports().front().what, HasSubstr("it would limit nothing"));
}

}  // namespace
}  // namespace konduit::filters
