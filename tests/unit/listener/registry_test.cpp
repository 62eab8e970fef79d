#include "listener/listener_registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "fake_transport.hpp"
#include "konduit/error.hpp"
#include "konduit/testkit/recording_logger.hpp"
#include "konduit/testkit/recording_metrics.hpp"

namespace konduit::listener {
namespace {

using test::Receiver;
using test::tls_files;

class RegistryTest : public testing::Test {
 protected:
  RegistryTest() {
    auto transport = std::make_unique<test::FakeTransport>(shard_);
    transport_ = transport.get();
    transports_.add("memory", std::move(transport));
    registry_ = std::make_unique<ListenerRegistry>(transports_, shards_);
  }
  ~RegistryTest() override { testkit::await(shard_, registry_->join(shard_)); }

  static config::Node endpoint(const std::string& url, const std::string& path = "frontends.a/b.listen") {
    auto node = config::Node::map({{"url", config::Node::scalar(url), {}}});
    node.set_path(path);
    return node;
  }
  std::shared_ptr<Listener> take(const config::Node& node, const std::string& id = "a/b",
                                 const ListenSettings& settings = {}) {
    return registry_->take(node, settings, {id, log_, std::make_shared<testkit::RecordingMetrics>()});
  }
  std::shared_ptr<Listener> take(const std::string& url = "memory://x:1") { return take(endpoint(url)); }

  static constexpr Duration kPatience = std::chrono::seconds(1);
  static awaitable<void> drain(std::shared_ptr<Listener> listener, Shard& shard, bool* drained) {
    co_await listener->drain(shard, shard.now() + kPatience);
    *drained = true;
  }

  void settle() {
    for (int turn = 0; turn < 50; ++turn) shard_.run_turn(Duration::zero());
  }
  /// A client connects, and everything that follows happens.
  void connect() {
    clients_.push_back(transport_->backlog.connect());
    settle();
  }

  Shard shard_;
  std::array<Shard*, 1> shards_{&shard_};
  Transports transports_;
  test::FakeTransport* transport_ = nullptr;
  testkit::RecordingLogger log_;
  std::unique_ptr<ListenerRegistry> registry_;
  Receiver older_;
  Receiver newer_;
  std::vector<std::unique_ptr<testkit::MemoryStream>> clients_;
};

TEST_F(RegistryTest, BindsAUrlOnceForAllThatHoldIt) {
  auto first = take();
  auto second = take();
  EXPECT_EQ(transport_->bound, 1);
  EXPECT_NE(first, second) << "each has a listener of its own";
  first.reset();
  EXPECT_EQ(transport_->bound, 1);
  second.reset();
  EXPECT_EQ(transport_->bound, 0);
  const auto later = take();
  EXPECT_EQ(transport_->bound, 1);
}

TEST_F(RegistryTest, RefusesAUrlThatNoTransportKnows) { EXPECT_THROW(take("other://x:1"), StartError); }

TEST_F(RegistryTest, LetsTheTransportKnowHowSoonADeadPeerMatters) {
  const auto listener = take(endpoint("memory://x:1"), "a/b", {.liveness = {.enabled = true}});
  listener->start(shard_, older_);
  EXPECT_TRUE(transport_->liveness.at(0).enabled);
  listener->stop(shard_);
}

TEST_F(RegistryTest, HandsASocketOverToTheListenerThatStartsLast) {
  auto old_listener = take();
  old_listener->start(shard_, older_);
  connect();
  const auto new_listener = take();
  connect();
  EXPECT_EQ(older_.connections.size(), 2u) << "nothing changes before start()";
  new_listener->start(shard_, newer_);
  settle();
  connect();
  EXPECT_EQ(older_.connections.size(), 2u);
  EXPECT_EQ(newer_.connections.size(), 1u);
  old_listener->stop(shard_);
  old_listener.reset();
  connect();
  EXPECT_EQ(newer_.connections.size(), 2u) << "the older one's end touched the newer";
  EXPECT_EQ(transport_->bound, 1);
  new_listener->stop(shard_);
}

TEST_F(RegistryTest, GivesASocketBackWhenTheNewerListenerStopsFirst) {
  const auto old_listener = take();
  const auto new_listener = take();
  old_listener->start(shard_, older_);
  new_listener->start(shard_, newer_);
  settle();
  new_listener->stop(shard_);
  settle();
  connect();
  EXPECT_EQ(older_.connections.size(), 1u);
  EXPECT_TRUE(newer_.connections.empty());
  old_listener->stop(shard_);
}

TEST_F(RegistryTest, LosesNoConnectionWhileNobodyIsStarted) {
  const auto old_listener = take();
  old_listener->start(shard_, older_);
  const auto new_listener = take();
  old_listener->stop(shard_);
  connect();
  EXPECT_EQ(transport_->backlog.size(), 1u);
  new_listener->start(shard_, newer_);
  settle();
  EXPECT_EQ(newer_.connections.size(), 1u);
  new_listener->stop(shard_);
}

TEST_F(RegistryTest, StopsWithoutStartAndTwice) {
  const auto listener = take();
  listener->stop(shard_);
  listener->start(shard_, older_);
  listener->stop(shard_);
  listener->stop(shard_);
  connect();
  EXPECT_TRUE(older_.connections.empty());
}

TEST_F(RegistryTest, ClosesTheSocketWhenTheLastListenerOnItHasStopped) {
  const auto old_listener = take();
  const auto new_listener = take();
  old_listener->start(shard_, older_);
  new_listener->start(shard_, newer_);
  old_listener->stop(shard_);
  EXPECT_EQ(transport_->bound, 1);
  new_listener->stop(shard_);
  EXPECT_EQ(transport_->bound, 0) << "clients would wait in the backlog of somebody who drains";
  EXPECT_EQ(new_listener->url(), "memory://x:1");
  const auto later = take();
  EXPECT_EQ(transport_->bound, 1);
}

TEST_F(RegistryTest, DrainsByLettingInWhoHasConnectedAndClosingTheSocketAtOnce) {
  auto node = endpoint("memory://x:1");
  node.add("tls", tls_files().server_node());
  const auto listener = take(node);
  listener->start(shard_, older_);
  auto client = transport_->backlog.connect();
  TaskGroup tasks(shard_);
  bool drained = false;
  tasks.spawn(drain(listener, shard_, &drained));
  settle();
  EXPECT_EQ(transport_->bound, 0) << "newcomers would wait in the backlog of somebody who drains";
  EXPECT_FALSE(drained) << "a handshake is under way";
  std::optional<Result<TlsSession>> session;
  tasks.spawn(testkit::store_result(tls_connect(shard_, std::move(client), TlsContext::client(tls_files().client()),
                                                "localhost", TimePoint::max(), nullptr),
                                    &session));
  EXPECT_TRUE(testkit::run_until(shard_, [&] { return drained && session; }));
  EXPECT_EQ(older_.connections.size(), 1u);
  listener->stop(shard_);
  testkit::await(shard_, tasks.join());
}

TEST_F(RegistryTest, GivesUpHandshakesAtTheDeadlineOfADrain) {
  shard_.deadlines().fake_clock();
  auto node = endpoint("memory://x:1");
  node.add("tls", tls_files().server_node());
  const auto listener = take(node);
  listener->start(shard_, older_);
  testkit::StreamUser silent(shard_, transport_->backlog.connect());
  silent.receive();
  TaskGroup tasks(shard_);
  bool drained = false;
  tasks.spawn(drain(listener, shard_, &drained));
  settle();
  EXPECT_FALSE(drained);
  shard_.deadlines().advance(kPatience);
  EXPECT_TRUE(testkit::run_until(shard_, [&] { return drained; }));
  EXPECT_FALSE(silent.read_end());
  listener->stop(shard_);
  EXPECT_TRUE(testkit::run_until(shard_, [&] { return bool(silent.read_end()); }));
  testkit::await(shard_, tasks.join());
}

TEST_F(RegistryTest, AcceptsUntilItHasStoppedOnEveryShard) {
  Shard other(1);
  const std::array<Shard*, 2> both{&shard_, &other};
  ListenerRegistry registry(transports_, both);
  const auto listener =
      registry.take(endpoint("memory://x:1"), {}, {"a/b", log_, std::make_shared<testkit::RecordingMetrics>()});
  listener->start(shard_, older_);
  listener->start(other, newer_);
  listener->stop(shard_);
  EXPECT_EQ(transport_->bound, 1);
  listener->stop(other);
  EXPECT_EQ(transport_->bound, 0);
  testkit::await(shard_, registry.join(shard_));
  testkit::await(other, registry.join(other));
}

TEST_F(RegistryTest, KeepsAPortThatTheSystemChoseForTheSameFieldOfTheSameComponent) {
  const auto first = take("memory://x:0");
  EXPECT_EQ(first->url(), "memory://x:40001");
  EXPECT_EQ(take("memory://x:0")->url(), "memory://x:40001");
  EXPECT_EQ(take(endpoint("memory://x:0"), "a/other")->url(), "memory://x:40002");
  EXPECT_EQ(take(endpoint("memory://x:0", "frontends.a/b.second"))->url(), "memory://x:40003");
}

TEST_F(RegistryTest, EndsAcceptLoopsThatOutliveTheirOwner) {
  auto node = endpoint("memory://x:1");
  node.add("tls", tls_files().server_node());
  auto listener = take(node);
  listener->start(shard_, older_);
  connect();
  listener->stop(shard_);
  listener.reset();
  testkit::await(shard_, registry_->join(shard_));
  EXPECT_TRUE(older_.connections.empty());
  EXPECT_EQ(transport_->bound, 0);
}

}  // namespace
}  // namespace konduit::listener
