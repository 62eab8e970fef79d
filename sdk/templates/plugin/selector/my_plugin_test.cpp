#include "my_plugin.hpp"

#include <gtest/gtest.h>
#include <konduit/testkit/configured.hpp>
#include <konduit/testkit/test_host.hpp>

#include <set>

namespace my_plugin_plugin {
namespace {

class MyPluginTest : public ::testing::Test {
 protected:
  MyPluginTest() {
    for (int i = 0; i < 10; ++i) {
      auto agent = std::make_shared<konduit::Agent>();
      agent->id = "agent-" + std::to_string(i);
      agents_.push_back(std::move(agent));
    }
  }
  std::unique_ptr<const konduit::AgentIndex> index() { return part_->build(agents_); }
  static konduit::DialRequest to(std::string host) {
    konduit::DialRequest request;
    request.target = {std::move(host), 443};
    return request;
  }

  konduit::Shard shard_;
  konduit::testkit::TestHost host_{shard_, "my-plugin/test"};
  konduit::testkit::TestAttachment attachment_{shard_};
  MyPlugin selector_{konduit::testkit::configured("my-plugin"), host_};
  std::unique_ptr<konduit::SelectorPart> part_ = selector_.attach(attachment_);
  std::vector<konduit::AgentPtr> agents_;
};

TEST_F(MyPluginTest, PicksTheSameAgentForAHostAndOthersForOthers) {
  const auto first = index();
  const auto second = index();
  std::set<konduit::AgentPtr> picked;
  for (int i = 0; i < 100; ++i) {
    const auto request = to("host-" + std::to_string(i));
    EXPECT_EQ(first->pick(request, {}), second->pick(request, {}));
    picked.insert(first->pick(request, {}));
  }
  EXPECT_GT(picked.size(), 5U);
}

TEST_F(MyPluginTest, PicksAnotherWhereOneWasTriedOrDrains) {
  const auto all = index();
  const auto favourite = all->pick(to("host"), {});
  ASSERT_TRUE(favourite);
  const auto next = all->pick(to("host"), std::vector{favourite});
  EXPECT_NE(next, favourite);
  favourite->draining.store(true);
  EXPECT_EQ(all->pick(to("host"), {}), next);
}

TEST_F(MyPluginTest, HasNobodyOverNobody) {
  agents_.clear();
  EXPECT_FALSE(index()->has_agents());
  EXPECT_EQ(index()->pick(to("host"), {}), nullptr);
}

}  // namespace
}  // namespace my_plugin_plugin
