#include "my_plugin.hpp"

#include <gtest/gtest.h>
#include <konduit/error.hpp>
#include <konduit/testkit/configured.hpp>
#include <konduit/testkit/run.hpp>
#include <konduit/testkit/stream_user.hpp>
#include <konduit/testkit/test_host.hpp>

#include <boost/asio/error.hpp>

namespace my_plugin_plugin {
namespace {

using konduit::config::Node;
using konduit::testkit::StreamUser;

class MyPluginTest : public ::testing::Test {
 protected:
  /// A listening endpoint as the core hands it over.
  static Node endpoint(std::string url) {
    Node node = konduit::testkit::configured("my-plugin");
    node.add("url", Node::scalar(std::move(url)));
    return node;
  }
  auto connect(std::string url) {
    const auto deadline = shard_.now() + std::chrono::seconds(5);
    return konduit::testkit::await(shard_, transport_.connect(shard_, std::move(url), {}, deadline));
  }

  konduit::Shard shard_;
  konduit::testkit::TestHost host_{shard_, "my-plugin/test"};
  MyPlugin transport_{Node(), host_};
};

TEST_F(MyPluginTest, CarriesBytesToWhoeverListens) {
  const auto binding = transport_.bind(endpoint("my-plugin://"));
  const auto acceptor = binding->open(shard_, {});
  auto connection = connect(binding->url());
  ASSERT_TRUE(connection) << connection.error().text;
  EXPECT_EQ(connection->stream->remote(), binding->url());
  auto accepted = konduit::testkit::await(shard_, acceptor->accept());
  ASSERT_TRUE(accepted) << accepted.error().message();

  StreamUser client(shard_, std::move(connection->stream));
  StreamUser server(shard_, std::move(accepted->stream));
  server.receive();
  client.send("hello");
  EXPECT_TRUE(konduit::testkit::run_until(shard_, [&] { return server.received() == "hello"; }));
}

TEST_F(MyPluginTest, LetsTheSystemChooseANameForEachListener) {
  const auto first = transport_.bind(endpoint("my-plugin://"));
  const auto second = transport_.bind(endpoint("my-plugin://"));
  EXPECT_NE(first->url(), second->url());
  EXPECT_EQ(transport_.check(first->url()), "");
}

TEST_F(MyPluginTest, SaysThatNobodyListens) {
  const auto gone = transport_.bind(endpoint("my-plugin://"))->url();
  const auto connection = connect(gone);
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().code, konduit::asio::error::connection_refused);
  EXPECT_NE(connection.error().text.find(gone), std::string::npos);
}

TEST_F(MyPluginTest, WaitsForRoomInTheBacklogUntilTheDeadline) {
  Node narrow = endpoint("my-plugin://");
  const auto binding = transport_.bind(narrow);
  std::vector<konduit::Connection> waiting;
  shard_.deadlines().fake_clock();
  konduit::TaskGroup tasks(shard_);
  std::optional<boost::system::result<konduit::Connection, konduit::Connector::Failure>> last;
  do {
    if (last) waiting.push_back(std::move(**last));
    last.reset();
    tasks.spawn(konduit::testkit::store_result(
        transport_.connect(shard_, binding->url(), {}, shard_.now() + std::chrono::seconds(1)), &last));
    shard_.run_ready();
  } while (last);
  shard_.deadlines().advance(std::chrono::seconds(1));
  ASSERT_TRUE(konduit::testkit::run_until(shard_, [&] { return last.has_value(); }));
  EXPECT_EQ(last->error().code, konduit::StreamErrc::timed_out);
  EXPECT_GE(waiting.size(), 128U);
  konduit::testkit::await(shard_, tasks.join());
}

TEST_F(MyPluginTest, RefusesWhatIsNoUrlOfItsOwn) {
  EXPECT_EQ(transport_.check("my-plugin://inner"), "");
  EXPECT_NE(transport_.check("tcp://127.0.0.1:80"), "");
  EXPECT_NE(transport_.check("my-plugin://" + std::string(108, 'x')), "");
  EXPECT_THROW(transport_.bind(endpoint("my-plugin:")), konduit::StartError);
}

}  // namespace
}  // namespace my_plugin_plugin
