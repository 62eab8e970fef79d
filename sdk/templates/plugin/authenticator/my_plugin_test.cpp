#include "my_plugin.hpp"

#include <gtest/gtest.h>
#include <konduit/testkit/configured.hpp>
#include <konduit/testkit/run.hpp>
#include <konduit/testkit/test_host.hpp>

namespace my_plugin_plugin {
namespace {

using konduit::config::Node;

class MyPluginTest : public ::testing::Test {
 protected:
  auto show(std::string_view token) {
    const konduit::Credentials credentials{.token = token};
    return konduit::testkit::await(shard_, part_->authenticate(credentials));
  }

  konduit::Shard shard_;
  konduit::testkit::TestHost host_{shard_, "my-plugin/test"};
  konduit::testkit::TestAttachment attachment_{shard_};
  MyPlugin authenticator_{
      konduit::testkit::configured("my-plugin", {{"tokens", Node::map({{"alice", Node::scalar("secret")}})}}), host_};
  std::unique_ptr<konduit::AuthenticatorPart> part_ = authenticator_.attach(attachment_);
};

TEST_F(MyPluginTest, KnowsAPeerByItsToken) {
  const auto identity = show("secret");
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->name, "alice");
}

TEST_F(MyPluginTest, RefusesOthersWithoutTellingWhatTheyShowed) {
  for (const char* token : {"", "Secret", "secret2"}) {
    const auto identity = show(token);
    ASSERT_FALSE(identity) << token;
    EXPECT_EQ(identity.error().reason, konduit::Refusal::Reason::unauthenticated);
    EXPECT_EQ(identity.error().text.find("ecret"), std::string::npos);
  }
}

TEST_F(MyPluginTest, ReportsThatNobodyIsLetIn) {
  MyPlugin nobody(konduit::testkit::configured("my-plugin", {{"tokens", Node::map({})}}), host_);
  EXPECT_EQ(host_.reports().size(), 1U);
}

}  // namespace
}  // namespace my_plugin_plugin
