#include "my_plugin.hpp"

#include <gtest/gtest.h>
#include <konduit/testkit/configured.hpp>
#include <konduit/testkit/test_host.hpp>

#include <string>

namespace my_plugin_plugin {
namespace {

using konduit::testkit::configured;

class MyPluginTest : public ::testing::Test {
 protected:
  void use(std::vector<konduit::config::Node::Entry> given) {
    filter_ = std::make_unique<MyPlugin>(configured("my-plugin", std::move(given)), host_);
    part_ = filter_->attach(attachment_);
  }
  /// Why the dial is denied; empty if it is not.
  std::string dial(std::string host, std::uint16_t port) {
    request_.target = {std::move(host), port};
    auto verdict = part_->on_dial(request_);
    EXPECT_TRUE(verdict.ready());
    const auto result = verdict.take();
    return result ? std::string() : result.error().text;
  }

  konduit::Shard shard_;
  konduit::testkit::TestHost host_{shard_, "my-plugin/test"};
  konduit::testkit::TestAttachment attachment_{shard_};
  konduit::DialRequest request_;
  std::unique_ptr<MyPlugin> filter_;
  std::unique_ptr<konduit::FilterPart> part_;
};

TEST_F(MyPluginTest, DeniesThePortsOfItsList) {
  use({{"deny_ports", konduit::testkit::list({"22", "25"})}});
  EXPECT_EQ(dial("mail.example", 25), "mail.example:25 is denied by my-plugin/test: the port is on its list");
  EXPECT_EQ(dial("mail.example", 443), "");
  EXPECT_EQ(host_.metrics().counted("konduit_my_plugin_denials_total"), 1U);
}

TEST_F(MyPluginTest, DeniesMailByDefault) {
  use({});
  EXPECT_NE(dial("mail.example", 25), "");
}

TEST_F(MyPluginTest, CountsTheBytesOfTunnels) {
  use({});
  EXPECT_EQ(dial("host.example", 80), "");
  part_->on_end({.request = &request_, .bytes_to_target = 3, .bytes_to_client = 4, .end = "closed"});
  EXPECT_EQ(host_.metrics().counted("konduit_my_plugin_bytes_total"), 7U);
}

TEST_F(MyPluginTest, ReportsAListThatSaysNothing) {
  use({{"deny_ports", konduit::testkit::list({})}});
  ASSERT_EQ(host_.reports().size(), 1U);
  EXPECT_EQ(host_.reports().front().what, "an empty list denies nothing");
}

}  // namespace
}  // namespace my_plugin_plugin
