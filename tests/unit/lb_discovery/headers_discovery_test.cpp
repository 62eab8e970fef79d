#include "lb-discovery/headers_discovery.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "konduit/testkit/test_host.hpp"

namespace konduit::lb {
namespace {

using ::testing::IsEmpty;
using ::testing::Optional;

struct CountingObserver final : DiscoveryPart::Observer {
  void on_discovery_changed() override {
    ++notices;
    if (and_then) and_then();
  }
  int notices = 0;
  std::function<void()> and_then;
};

class HeadersDiscoveryTest : public ::testing::Test {
 protected:
  HeadersDiscoveryTest() { part_.subscribe(observer_); }

  Shard shard_;
  HeadersDiscoveryPart part_{shard_};
  CountingObserver observer_;
};

TEST_F(HeadersDiscoveryTest, KnowsNothingBeforeAServerSpoke) {
  EXPECT_EQ(part_.count(), std::nullopt);
  EXPECT_THAT(part_.servers(), IsEmpty());
  part_.announced({"s1", std::nullopt});
  part_.announced({"s2", 0});
  EXPECT_EQ(part_.count(), std::nullopt);
}

TEST_F(HeadersDiscoveryTest, TakesTheLargestCountOfConnectedServers) {
  part_.announced({"s1", 3});
  EXPECT_THAT(part_.count(), Optional(3U));
  part_.announced({"s2", 5});
  EXPECT_THAT(part_.count(), Optional(5U));
  part_.announced({"s3", 4});
  EXPECT_THAT(part_.count(), Optional(5U));
}

TEST_F(HeadersDiscoveryTest, TakesALaterWordOfOneServerForItsEarlierOne) {
  part_.announced({"s1", 5});
  part_.announced({"s1", 2});
  EXPECT_THAT(part_.count(), Optional(2U));
}

TEST_F(HeadersDiscoveryTest, ForgetsWhatALostServerSaid) {
  part_.announced({"s1", 5});
  part_.announced({"s2", 3});
  part_.lost("s1");
  EXPECT_THAT(part_.count(), Optional(3U));
  part_.lost("never seen");
  EXPECT_THAT(part_.count(), Optional(3U));
}

TEST_F(HeadersDiscoveryTest, KeepsTheLastCountWithoutAnyServer) {
  part_.announced({"s1", 5});
  part_.lost("s1");
  EXPECT_THAT(part_.count(), Optional(5U));
  part_.announced({"s2", 2});
  EXPECT_THAT(part_.count(), Optional(2U));
}

TEST_F(HeadersDiscoveryTest, TellsOfChangesFromTheLoopAndOnce) {
  part_.announced({"s1", 1});
  part_.announced({"s2", 2});
  EXPECT_EQ(observer_.notices, 0);
  shard_.run_ready();
  EXPECT_EQ(observer_.notices, 1);
  part_.announced({"s3", 2});
  shard_.run_ready();
  EXPECT_EQ(observer_.notices, 1);
  part_.announced({"s3", 3});
  shard_.run_ready();
  EXPECT_EQ(observer_.notices, 2);
}

TEST_F(HeadersDiscoveryTest, TellsEveryObserverUntilItUnsubscribes) {
  CountingObserver second;
  CountingObserver third;
  part_.subscribe(second);
  part_.subscribe(third);
  observer_.and_then = [&] {
    part_.unsubscribe(observer_);
    part_.unsubscribe(second);
  };
  part_.announced({"s1", 1});
  shard_.run_ready();
  EXPECT_EQ(observer_.notices, 1);
  EXPECT_EQ(second.notices, 0);
  EXPECT_EQ(third.notices, 1);
  part_.announced({"s1", 2});
  shard_.run_ready();
  EXPECT_EQ(observer_.notices, 1);
  EXPECT_EQ(third.notices, 2);
}

TEST_F(HeadersDiscoveryTest, TellsNobodyWhenItHasGone) {
  auto part = std::make_unique<HeadersDiscoveryPart>(shard_);
  CountingObserver observer;
  part->subscribe(observer);
  part->announced({"s1", 1});
  part.reset();
  shard_.run_ready();
  EXPECT_EQ(observer.notices, 0);
}

TEST(HeadersDiscovery, IsMadeTwiceAndDestroyed) {
  Shard shard;
  testkit::TestHost host(shard, "headers/count");
  testkit::TestAttachment attachment(shard);
  auto first = std::make_unique<HeadersDiscovery>(config::Node::map({}), host);
  HeadersDiscovery second(config::Node::map({}), host);
  auto part = first->attach(attachment);
  first.reset();
  part->announced({"s1", 7});
  EXPECT_THAT(part->count(), Optional(7U));
  EXPECT_EQ(second.attach(attachment)->count(), std::nullopt);
}

}  // namespace
}  // namespace konduit::lb
