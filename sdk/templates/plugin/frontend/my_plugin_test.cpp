#include "my_plugin.hpp"

#include <gtest/gtest.h>
#include <konduit/testkit/configured.hpp>
#include <konduit/testkit/fake_dialer.hpp>
#include <konduit/testkit/run.hpp>
#include <konduit/testkit/stream_user.hpp>
#include <konduit/testkit/test_host.hpp>

#include <functional>
#include <string>
#include <utility>

namespace my_plugin_plugin {
namespace {

using konduit::config::Node;
using konduit::testkit::StreamUser;

constexpr const char* kUrl = "tcp://127.0.0.1:8080";

class MyPluginTest : public ::testing::Test {
 protected:
  MyPluginTest() {
    shard_.deadlines().fake_clock();
    konduit::testkit::await(shard_, frontend_.prepare());
    part_ = frontend_.attach(attachment_, dialer_);
    konduit::testkit::await(shard_, part_->start());
    auto connection = host_.network.connect(shard_, kUrl);
    client_ = std::make_unique<StreamUser>(shard_, std::move(connection->stream));
    client_->receive();
  }
  ~MyPluginTest() override { konduit::testkit::await(shard_, part_->stop()); }

  bool until(const std::function<bool()>& done) { return konduit::testkit::run_until(shard_, done); }
  /// All that the client is told once its connection has ended.
  std::string last_words() {
    EXPECT_TRUE(until([&] { return bool(client_->read_end()); }));
    return client_->received();
  }

  konduit::Shard shard_;
  konduit::testkit::TestHost host_{shard_, "my-plugin/test"};
  konduit::testkit::FakeDialer dialer_{shard_};
  konduit::testkit::TestAttachment attachment_{shard_};
  MyPlugin frontend_{konduit::testkit::configured("my-plugin", {{"listen", Node::map({{"url", Node::scalar(kUrl)}})}}),
                     host_};
  std::unique_ptr<konduit::FrontendPart> part_;
  std::unique_ptr<StreamUser> client_;
};

TEST_F(MyPluginTest, GivesAClientTheTunnelThatItAsksFor) {
  client_->send("host.example:443\n");
  ASSERT_TRUE(until([&] { return !dialer_.spliced.empty(); }));
  EXPECT_TRUE(until([&] { return client_->received() == "ok\n"; })) << client_->received();
  EXPECT_EQ(dialer_.requests().front().target.text(), "host.example:443");
  EXPECT_EQ(dialer_.requests().front().frontend, "my-plugin/test");
  EXPECT_EQ(host_.metrics().counted("konduit_my_plugin_tunnels_total"), 1U);
}

TEST_F(MyPluginTest, TakesALineInPieces) {
  client_->send("host.exa");
  shard_.run_ready();
  client_->send("mple:443\n");
  ASSERT_TRUE(until([&] { return !dialer_.requests().empty(); }));
  EXPECT_EQ(dialer_.requests().front().target.text(), "host.example:443");
}

TEST_F(MyPluginTest, SaysWhyADialFailed) {
  dialer_.error = konduit::DialError{konduit::DialErrc::denied, false, "nobody may go there"};
  client_->send("host.example:25\n");
  EXPECT_EQ(last_words(), "error: nobody may go there\n");
}

TEST_F(MyPluginTest, DialsNothingForWhatIsNoLineOfItsKind) {
  client_->send("GET / HTTP/1.1\r\nHost: host.example:443\r\n\r\n");
  EXPECT_EQ(last_words(), "error: say in one line where to go: host:port\n");
  EXPECT_TRUE(dialer_.requests().empty());
  EXPECT_EQ(host_.metrics().counted("konduit_my_plugin_refusals_total"), 1U);
}

TEST_F(MyPluginTest, DialsNothingForALineWithoutAnEnd) {
  client_->send(std::string(1000, 'a'));
  EXPECT_EQ(last_words(), "error: say in one line where to go: host:port\n");
  EXPECT_TRUE(dialer_.requests().empty());
}

TEST_F(MyPluginTest, LetsGoWhoSaysNothing) {
  shard_.run_ready();
  shard_.deadlines().advance(std::chrono::seconds(10));
  EXPECT_EQ(last_words(), "");
}

TEST_F(MyPluginTest, BreaksOffTheDialOfAClientThatHasGone) {
  dialer_.hold();
  client_->send("host.example:443\n");
  ASSERT_TRUE(until([&] { return dialer_.waiting() == 1; }));
  client_->reset();
  EXPECT_TRUE(until([&] { return dialer_.cancelled() == 1; }));
}

}  // namespace
}  // namespace my_plugin_plugin
