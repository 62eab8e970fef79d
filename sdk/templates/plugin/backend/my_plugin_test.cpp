#include "my_plugin.hpp"

#include <gtest/gtest.h>
#include <konduit/testkit/configured.hpp>
#include <konduit/testkit/run.hpp>
#include <konduit/testkit/test_host.hpp>

#include <boost/asio/error.hpp>

namespace my_plugin_plugin {
namespace {

constexpr const char* kUrl = "tcp://upstream.example:9000";

class MyPluginTest : public ::testing::Test, private konduit::Listener::Handler {
 protected:
  MyPluginTest() {
    upstream_->start(shard_, *this);
    backend_ = std::make_unique<MyPlugin>(
        konduit::testkit::configured("my-plugin", {{"url", konduit::config::Node::scalar(kUrl)}}), host_);
    konduit::testkit::await(shard_, backend_->prepare());
    part_ = backend_->attach(attachment_);
  }
  ~MyPluginTest() override { upstream_->stop(shard_); }
  void on_connection(konduit::Connection connection) override { accepted_ = std::move(connection.stream); }

  konduit::DialResult<konduit::StreamPtr> dial() {
    konduit::DialRequest request;
    request.target = {"anywhere.example", 443};
    request.deadline = shard_.now() + std::chrono::seconds(5);
    return konduit::testkit::await(shard_, part_->dial(request));
  }

  konduit::Shard shard_;
  konduit::testkit::TestHost host_{shard_, "my-plugin/test"};
  konduit::testkit::TestAttachment attachment_{shard_};
  std::shared_ptr<konduit::Listener> upstream_ = host_.network.listen(kUrl);
  konduit::StreamPtr accepted_;
  std::unique_ptr<MyPlugin> backend_;
  std::unique_ptr<konduit::BackendPart> part_;
};

TEST_F(MyPluginTest, LeadsEveryDialToItsUrl) {
  const auto stream = dial();
  ASSERT_TRUE(stream) << stream.error().text;
  EXPECT_TRUE(konduit::testkit::run_until(shard_, [&] { return accepted_ != nullptr; }));
  EXPECT_EQ(host_.network.attempts.front(), kUrl);
}

TEST_F(MyPluginTest, SaysWhatItCouldNotReach) {
  host_.network.before_connect = [](const std::string&) -> konduit::awaitable<konduit::error_code> {
    co_return konduit::asio::error::connection_refused;
  };
  const auto stream = dial();
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().code, konduit::DialErrc::refused);
  EXPECT_NE(stream.error().text.find(kUrl), std::string::npos);
}

}  // namespace
}  // namespace my_plugin_plugin
