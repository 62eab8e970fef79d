#include "listener/accept_loop.hpp"

#include <gtest/gtest.h>

#include <boost/system/errc.hpp>

#include "fake_transport.hpp"
#include "konduit/testkit/recording_logger.hpp"
#include "konduit/testkit/recording_metrics.hpp"

namespace konduit::listener {
namespace {

using namespace std::chrono_literals;
using test::Receiver;
using test::tls_files;
using Handshake = std::optional<Result<TlsSession>>;

const error_code kNoDescriptors = make_error_code(boost::system::errc::too_many_files_open);

/// A loop over a backlog in memory. Time stands still.
class AcceptLoopTest : public testing::Test {
 protected:
  AcceptLoopTest() { shard_.deadlines().fake_clock(); }
  ~AcceptLoopTest() override {
    if (loop_) loop_->stop();
    clients_.cancel();
    testkit::await(shard_, tasks_.join());
    testkit::await(shard_, clients_.join());
  }

  AcceptLoop& start(std::shared_ptr<TlsContext> tls = nullptr, const AcceptLimits& limits = {}) {
    loop_ = std::make_shared<AcceptLoop>(shard_, std::make_unique<test::FakeAcceptor>(backlog_), std::move(tls),
                                         receiver_, log_, metrics_, "memory://server", limits);
    tasks_.spawn(run(loop_));
    return *loop_;
  }
  AcceptLoop& start_tls(const AcceptLimits& limits = {}) {
    return start(TlsContext::server(tls_files().server()), limits);
  }
  static awaitable<void> run(std::shared_ptr<AcceptLoop> loop) { co_await loop->run(); }

  /// A client of the loop does its handshake; the result goes to `session`.
  void shake(Handshake* session) { shake(session, backlog_.connect()); }
  void shake(Handshake* session, StreamPtr client) {
    clients_.spawn(
        testkit::store_result(tls_connect(shard_, std::move(client), TlsContext::client(tls_files().client()),
                                          "localhost", TimePoint::max(), nullptr),
                              session));
  }
  void settle() {
    for (int turn = 0; turn < 50; ++turn) shard_.run_turn(Duration::zero());
  }
  void pass(Duration time) {
    shard_.deadlines().advance(time);
    settle();
  }
  bool until(const std::function<bool()>& done) { return testkit::run_until(shard_, done); }

  Shard shard_;
  test::Backlog backlog_{shard_};
  Receiver receiver_;
  testkit::RecordingLogger log_;
  std::shared_ptr<testkit::RecordingMetrics> metrics_ = std::make_shared<testkit::RecordingMetrics>();
  TaskGroup tasks_{shard_};
  TaskGroup clients_{shard_};
  std::shared_ptr<AcceptLoop> loop_;
};

TEST_F(AcceptLoopTest, HandsOverWhatItAccepts) {
  start();
  const auto first = backlog_.connect("memory://one");
  const auto second = backlog_.connect("memory://two");
  settle();
  ASSERT_EQ(receiver_.connections.size(), 2u);
  EXPECT_EQ(receiver_.connections[0].peer.address, "memory://one");
  EXPECT_EQ(receiver_.connections[1].peer.address, "memory://two");
  EXPECT_EQ(metrics_->counted("konduit_connections_accepted_total"), 2u);
}

TEST_F(AcceptLoopTest, WaitsOutAWantOfDescriptorsAndAcceptsAgain) {
  start();
  backlog_.fail(kNoDescriptors);
  backlog_.fail(kNoDescriptors);
  const auto client = backlog_.connect();
  settle();
  EXPECT_EQ(backlog_.size(), 2u) << "it tried again at once";
  pass(100ms);
  EXPECT_TRUE(receiver_.connections.empty());
  pass(100ms);
  EXPECT_EQ(receiver_.connections.size(), 1u);
  EXPECT_EQ(metrics_->counted("konduit_accept_errors_total"), 2u);
  EXPECT_EQ(log_.lines().size(), 1u) << "once is enough: " << log_.text();
}

TEST_F(AcceptLoopTest, WarnsAgainWhenItHadAcceptedInBetween) {
  start();
  backlog_.fail(kNoDescriptors);
  const auto client = backlog_.connect();
  backlog_.fail(kNoDescriptors);
  settle();
  pass(100ms);
  EXPECT_EQ(receiver_.connections.size(), 1u);
  EXPECT_EQ(log_.lines().size(), 2u);
}

TEST_F(AcceptLoopTest, IsStoppedWhileItWaitsOutAnError) {
  start();
  backlog_.fail(kNoDescriptors);
  settle();
  loop_->stop();
  EXPECT_TRUE(until([&] { return tasks_.size() == 0; }));
}

TEST_F(AcceptLoopTest, DoesHandshakesAndHandsOverWhatIsReady) {
  start_tls();
  Handshake client;
  shake(&client);
  ASSERT_TRUE(until([&] { return receiver_.connections.size() == 1 && client; }));
  ASSERT_TRUE(client->has_value());
  EXPECT_EQ((*client)->peer->common_name, "localhost");
}

TEST_F(AcceptLoopTest, GivesUpAHandshakeThatTakesTooLong) {
  start_tls({.handshake_timeout = 3s});
  testkit::StreamUser silent(shard_, backlog_.connect("memory://slow"));
  silent.receive();
  settle();
  pass(2s);
  EXPECT_FALSE(silent.read_end());
  pass(1s);
  EXPECT_TRUE(until([&] { return bool(silent.read_end()); }));
  EXPECT_TRUE(receiver_.connections.empty());
  EXPECT_EQ(metrics_->counted("konduit_handshake_errors_total"), 1u);
  ASSERT_EQ(log_.lines().size(), 1u);
  EXPECT_EQ(log_.lines()[0].field("peer"), "memory://slow");
}

TEST_F(AcceptLoopTest, TellsOfTenFailedHandshakesASecondAndHowManyMoreThereWere) {
  start_tls();
  const auto fail = [this](std::uint64_t count) {
    for (; count > 0; --count) backlog_.connect()->reset(ResetReason::cancelled);
  };
  fail(1000);
  ASSERT_TRUE(until([&] { return metrics_->counted("konduit_handshake_errors_total") == 1000; }));
  EXPECT_EQ(log_.lines().size(), 10u);
  pass(1s);
  fail(1);
  ASSERT_TRUE(until([&] { return metrics_->counted("konduit_handshake_errors_total") == 1001; }));
  ASSERT_EQ(log_.lines().size(), 12u);
  EXPECT_EQ(log_.lines()[10].message, "more TLS handshakes failed, which is not told of each");
  EXPECT_EQ(log_.lines()[10].field("count"), "990");
  EXPECT_EQ(log_.lines()[11].message, "TLS handshake failed");
}

TEST_F(AcceptLoopTest, LeavesToTheBacklogWhatGoesBeyondTheLimitOfHandshakes) {
  start_tls({.handshakes = 1});
  auto first = backlog_.connect();
  const auto second = backlog_.connect();
  Handshake third;
  shake(&third);
  settle();
  EXPECT_EQ(backlog_.size(), 1u);
  EXPECT_FALSE(third);
  first->reset(ResetReason::cancelled);
  ASSERT_TRUE(until([&] { return third.has_value(); })) << "the place of one that failed was not used again";
  EXPECT_TRUE(third->has_value());
  EXPECT_EQ(backlog_.size(), 0u);
}

TEST_F(AcceptLoopTest, LetsTheOldestHandshakeGiveWayWhenItHasHadItsSureTime) {
  start_tls({.handshakes = 1, .handshake_timeout = 10s, .sure_time = 1s});
  testkit::StreamUser first(shard_, backlog_.connect());
  first.receive();
  settle();
  pass(500ms);
  testkit::StreamUser second(shard_, backlog_.connect());
  second.receive();
  settle();
  Handshake honest;
  shake(&honest);
  pass(499ms);
  EXPECT_FALSE(first.read_end());
  EXPECT_FALSE(honest);
  pass(1ms);
  ASSERT_TRUE(until([&] { return honest.has_value(); })) << "who says nothing keeps others out";
  EXPECT_TRUE(honest->has_value());
  EXPECT_TRUE(first.read_end());
  EXPECT_FALSE(second.read_end()) << "one place was asked for";
  EXPECT_EQ(metrics_->counted("konduit_handshakes_given_up_total"), 1u);
  EXPECT_EQ(metrics_->counted("konduit_handshake_errors_total"), 0u);
}

TEST_F(AcceptLoopTest, LetsOneAfterTheOtherGiveWay) {
  start_tls({.handshakes = 2, .sure_time = 1s});
  std::vector<std::unique_ptr<testkit::StreamUser>> silent;
  for (int i = 0; i < 9; ++i) {
    silent.push_back(std::make_unique<testkit::StreamUser>(shard_, backlog_.connect()));
    silent.back()->receive();
  }
  settle();
  EXPECT_EQ(backlog_.size(), 6u);
  pass(1s);
  EXPECT_EQ(backlog_.size(), 3u);
  pass(1s);
  EXPECT_EQ(backlog_.size(), 0u);
  EXPECT_EQ(metrics_->counted("konduit_handshakes_given_up_total"), 6u);
}

TEST_F(AcceptLoopTest, CountsOnlyHandshakesUnderWayAgainstTheLimit) {
  start_tls({.handshakes = 1});
  for (int i = 0; i < 3; ++i) {
    Handshake client;
    shake(&client);
    ASSERT_TRUE(until([&] { return client && receiver_.connections.size() == static_cast<std::size_t>(i) + 1; }));
  }
}

TEST_F(AcceptLoopTest, AcceptsNothingWhileItIsPaused) {
  AcceptLoop& loop = start();
  settle();
  loop.pause();
  settle();
  const auto client = backlog_.connect();
  settle();
  EXPECT_EQ(backlog_.size(), 1u);
  loop.resume();
  settle();
  EXPECT_EQ(receiver_.connections.size(), 1u);
}

TEST_F(AcceptLoopTest, MayBePausedBeforeItsFirstTurnAndBrieflyLater) {
  AcceptLoop& loop = start();
  loop.pause();
  const auto first = backlog_.connect();
  settle();
  EXPECT_TRUE(receiver_.connections.empty());
  loop.resume();
  settle();
  loop.pause();
  loop.resume();
  const auto second = backlog_.connect();
  settle();
  EXPECT_EQ(receiver_.connections.size(), 2u);
}

TEST_F(AcceptLoopTest, FinishesHandshakesUnderWayWhileItIsPaused) {
  AcceptLoop& loop = start_tls();
  auto stream = backlog_.connect();
  settle();
  EXPECT_EQ(backlog_.size(), 0u);
  loop.pause();
  settle();
  Handshake client;
  shake(&client, std::move(stream));
  EXPECT_TRUE(until([&] { return client && receiver_.connections.size() == 1; }));
}

TEST_F(AcceptLoopTest, CallsNobodyWhoHasGone) {
  auto receiver = std::make_unique<Receiver>();
  auto loop = std::make_shared<AcceptLoop>(shard_, std::make_unique<test::FakeAcceptor>(backlog_),
                                           TlsContext::server(tls_files().server()), *receiver, log_, metrics_,
                                           "memory://server");
  tasks_.spawn(run(loop));
  auto stream = backlog_.connect();
  settle();
  EXPECT_EQ(backlog_.size(), 0u);
  loop->stop();
  receiver.reset();
  Handshake client;
  shake(&client, std::move(stream));
  ASSERT_TRUE(until([&] { return tasks_.size() == 0 && client; }));
  EXPECT_TRUE(client->has_error());
  EXPECT_EQ(metrics_->counted("konduit_handshake_errors_total"), 0u) << "nobody else was to blame";
}

TEST_F(AcceptLoopTest, TakesWhatWaitsAndThenNothingMoreWhenItIsClosed) {
  AcceptLoop& loop = start();
  settle();
  const auto first = backlog_.connect();
  const auto second = backlog_.connect();
  loop.close();
  ASSERT_TRUE(until([&] { return tasks_.size() == 0; }));
  EXPECT_EQ(receiver_.connections.size(), 2u);
  const auto late = backlog_.connect();
  settle();
  EXPECT_EQ(backlog_.size(), 1u);
}

TEST_F(AcceptLoopTest, LeavesWhatWaitsToAnotherWhenItIsClosedWhileItIsPaused) {
  AcceptLoop& loop = start();
  settle();
  loop.pause();
  settle();
  const auto client = backlog_.connect();
  loop.close();
  ASSERT_TRUE(until([&] { return tasks_.size() == 0; }));
  EXPECT_EQ(backlog_.size(), 1u);
}

TEST_F(AcceptLoopTest, FinishesHandshakesUnderWayWhenItIsClosed) {
  AcceptLoop& loop = start_tls();
  auto accepted = backlog_.connect();
  settle();
  auto waiting = backlog_.connect();
  loop.close();
  settle();
  EXPECT_EQ(tasks_.size(), 1u);
  Handshake first;
  Handshake second;
  shake(&first, std::move(accepted));
  shake(&second, std::move(waiting));
  ASSERT_TRUE(until([&] { return tasks_.size() == 0 && first && second; }));
  EXPECT_EQ(receiver_.connections.size(), 2u);
}

TEST_F(AcceptLoopTest, CutsHandshakesUnderWayWhenItIsStoppedAfterItWasClosed) {
  AcceptLoop& loop = start_tls();
  testkit::StreamUser silent(shard_, backlog_.connect());
  silent.receive();
  settle();
  loop.close();
  settle();
  EXPECT_FALSE(silent.read_end());
  loop.stop();
  EXPECT_TRUE(until([&] { return tasks_.size() == 0 && silent.read_end(); }));
}

TEST_F(AcceptLoopTest, MayBeStoppedByItsHandler) {
  start();
  receiver_.when_connected = [this] { loop_->stop(); };
  const auto first = backlog_.connect();
  const auto second = backlog_.connect();
  ASSERT_TRUE(until([&] { return tasks_.size() == 0; }));
  EXPECT_EQ(receiver_.connections.size(), 1u);
}

}  // namespace
}  // namespace konduit::listener
