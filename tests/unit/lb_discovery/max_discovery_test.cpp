#include "lb-discovery/max_discovery.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "konduit/testkit/run.hpp"
#include "konduit/testkit/test_host.hpp"
#include "lb-discovery/fixed_discovery.hpp"
#include "lb-discovery/headers_discovery.hpp"

namespace konduit::lb {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

struct Source final : DiscoveryPart {
  std::optional<unsigned> count() const override { return known; }
  void announced(const ServerAnnouncement& announcement) override { said.push_back(announcement.server_id); }
  void lost(std::string_view id) override { gone.emplace_back(id); }
  void change(std::optional<unsigned> to) {
    known = to;
    notify();
  }

  std::optional<unsigned> known;
  std::vector<std::string> said;
  std::vector<std::string> gone;
};

config::Node node_of(std::vector<std::string> ids) {
  config::Node list = config::Node::list({});
  for (std::string& id : ids) list.add(config::Node::scalar(std::move(id)));
  config::Node node = config::Node::map({});
  node.add("of", std::move(list));
  return node;
}

class MaxDiscoveryTest : public ::testing::Test, protected DiscoveryPart::Observer {
 protected:
  MaxDiscoveryTest() {
    attachment_.add(ComponentKind::discovery, "one/a", one_);
    attachment_.add(ComponentKind::discovery, "two/b", two_);
    part_ = MaxDiscovery(node_of({"one/a", "two/b"}), host_).attach(attachment_);
    testkit::await(shard_, part_->start());
    part_->subscribe(*this);
  }
  ~MaxDiscoveryTest() override { testkit::await(shard_, part_->stop()); }
  void on_discovery_changed() override { ++notices_; }

  Shard shard_;
  testkit::TestHost host_{shard_, "max/count"};
  testkit::TestAttachment attachment_{shard_};
  Source one_;
  Source two_;
  std::unique_ptr<DiscoveryPart> part_;
  int notices_ = 0;
};

TEST_F(MaxDiscoveryTest, AnswersTheLargestCountThatIsKnown) {
  EXPECT_EQ(part_->count(), std::nullopt);
  one_.known = 2;
  EXPECT_THAT(part_->count(), Optional(2U));
  two_.known = 3;
  EXPECT_THAT(part_->count(), Optional(3U));
  one_.known = 5;
  EXPECT_THAT(part_->count(), Optional(5U));
}

TEST_F(MaxDiscoveryTest, TellsOfChangesUntilItIsStopped) {
  one_.change(1);
  two_.change(4);
  EXPECT_EQ(notices_, 2);
  testkit::await(shard_, part_->stop());
  two_.change(5);
  EXPECT_EQ(notices_, 2);
}

TEST_F(MaxDiscoveryTest, PassesOnWhatServersSay) {
  part_->announced({"s1", 3});
  part_->lost("s1");
  EXPECT_EQ(one_.said, std::vector<std::string>{"s1"});
  EXPECT_EQ(two_.said, one_.said);
  EXPECT_EQ(two_.gone, one_.said);
}

TEST_F(MaxDiscoveryTest, ReportsAListThatMakesNoSense) {
  for (const auto& [ids, what] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{}, "at least one"}, {{"one/a", "one/a"}, "in the list already"}}) {
    testkit::TestHost host(shard_);
    MaxDiscovery discovery(node_of(ids), host);
    ASSERT_EQ(host.reports().size(), 1U);
    EXPECT_THAT(host.reports().front().what, HasSubstr(what));
  }
}

TEST(FixedDiscovery, AnswersTheNumberOfTheDocument) {
  Shard shard;
  testkit::TestHost host(shard, "fixed/count");
  testkit::TestAttachment attachment(shard);
  config::Node node = config::Node::map({});
  node.add("count", config::Node::scalar("7"));
  const auto part = FixedDiscovery(node, host).attach(attachment);
  part->announced({"s1", 3});
  EXPECT_THAT(part->count(), Optional(7U));
}

}  // namespace
}  // namespace konduit::lb
