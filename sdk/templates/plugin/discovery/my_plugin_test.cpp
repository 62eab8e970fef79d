#include "my_plugin.hpp"

#include <gtest/gtest.h>
#include <unistd.h>
#include <konduit/error.hpp>
#include <konduit/testkit/configured.hpp>
#include <konduit/testkit/run.hpp>
#include <konduit/testkit/test_host.hpp>

#include <cstdio>
#include <fstream>
#include <string>

namespace my_plugin_plugin {
namespace {

using Urls = std::vector<std::string>;

class MyPluginTest : public ::testing::Test, private konduit::DiscoveryPart::Observer {
 protected:
  ~MyPluginTest() override {
    if (part_) part_->unsubscribe(*this);
    std::remove(file_.c_str());
  }
  void write(const std::string& text) { std::ofstream(file_) << text; }
  void start() {
    konduit::testkit::await(shard_, discovery_.prepare());
    part_ = discovery_.attach(attachment_);
    part_->subscribe(*this);
  }
  /// Why it does not start.
  std::string refusal() {
    try {
      start();
    } catch (const konduit::StartError& error) {
      return error.what();
    }
    return {};
  }
  void on_discovery_changed() override { ++notices_; }

  const std::string file_ = ::testing::TempDir() + "my-plugin-" + std::to_string(::getpid()) + ".txt";
  konduit::Shard shard_;
  konduit::testkit::TestHost host_{shard_, "my-plugin/test"};
  konduit::testkit::TestAttachment attachment_{shard_};
  MyPlugin discovery_{konduit::testkit::configured("my-plugin", {{"file", konduit::config::Node::scalar(file_)}}),
                      host_};
  std::unique_ptr<konduit::DiscoveryPart> part_;
  int notices_ = 0;
};

TEST_F(MyPluginTest, AnswersTheUrlsOfItsFile) {
  write("# the east\ntcp://one.example:8091  # old\n\n  tcp://two.example:8091\r\n");
  start();
  EXPECT_EQ(part_->servers(), (Urls{"tcp://one.example:8091", "tcp://two.example:8091"}));
}

TEST_F(MyPluginTest, TellsOfChangesOnce) {
  write("tcp://one.example:8091\n");
  start();
  write("tcp://one.example:8091\ntcp://two.example:8091\n");
  host_.look_at_files();
  host_.look_at_files();
  EXPECT_EQ(part_->servers().size(), 2U);
  EXPECT_EQ(notices_, 1);
}

TEST_F(MyPluginTest, KeepsWhatItKnowsWhileTheFileIsWrong) {
  write("tcp://one.example:8091\n");
  start();
  write("");
  host_.look_at_files();
  EXPECT_EQ(part_->servers(), Urls{"tcp://one.example:8091"});
  EXPECT_EQ(notices_, 0);
  EXPECT_NE(host_.log().text().find("names no server"), std::string::npos) << host_.log().text();
}

TEST_F(MyPluginTest, SaysOnWhichLineTheFileIsWrong) {
  write("tcp://one.example:8091\ntwo.example\n");
  EXPECT_NE(refusal().find(":2: \"two.example\" is no url"), std::string::npos);
}

TEST_F(MyPluginTest, DoesNotStartWithoutItsFile) {
  EXPECT_NE(refusal().find("cannot be read: No such file"), std::string::npos);
}

}  // namespace
}  // namespace my_plugin_plugin
