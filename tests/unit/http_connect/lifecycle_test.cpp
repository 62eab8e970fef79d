#include "fixture.hpp"
#include "http-connect/reply.hpp"
#include "konduit/task_group.hpp"

namespace konduit::http_connect {
namespace {

class Lifecycle : public FrontendTest {
 protected:
  static awaitable<void> drain(Lifecycle* self, TimePoint deadline) {
    co_await self->part->drain(deadline);
    self->drained = true;
  }
  void begin_drain() { tasks.spawn(drain(this, shard.now() + std::chrono::seconds(25))); }
  void TearDown() override {
    FrontendTest::TearDown();
    testkit::await(shard, tasks.join());
  }

  TaskGroup tasks{shard};
  bool drained = false;
};

TEST_F(Lifecycle, OfTooManyClientsThatSayNothingTheFirstGivesWay) {
  start();
  std::vector<std::unique_ptr<testkit::StreamUser>> silent;
  for (int i = 0; i < 1024; ++i) silent.push_back(request(""));
  settle();
  EXPECT_FALSE(silent.front()->read_end());
  const auto client = request("CONNECT a:1 HTTP/1.1\r\n");
  EXPECT_TRUE(until([&] { return bool(silent.front()->read_end()); }));
  EXPECT_EQ(host.metrics().counted("konduit_http_connect_clients_given_up_total"), 1u);
  client->send("Host: 127.0.0.1\r\n\r\n");
  dialer.succeed();
  EXPECT_TRUE(until([&] { return client->received() == kEstablished; }));
  EXPECT_FALSE(silent[1]->read_end());
}

TEST_F(Lifecycle, DrainingWithNothingToDoEndsAtOnce) {
  start();
  begin_drain();
  EXPECT_TRUE(until([&] { return drained; }));
  EXPECT_THROW(connect(), std::runtime_error) << "nobody should listen any more";
}

TEST_F(Lifecycle, DrainingWaitsForTheRequestsUnderWay) {
  start();
  const auto client = request_target("a:1");
  begin_drain();
  pass(std::chrono::seconds(5));
  EXPECT_FALSE(drained);
  dialer.succeed();
  EXPECT_TRUE(until([&] { return drained; }));
  EXPECT_TRUE(until([&] { return client->received() == kEstablished; }));
}

TEST_F(Lifecycle, DrainingServesWhoConnectedBeforeIt) {
  start();
  const auto client = connect();
  begin_drain();
  client->receive();
  client->send("CONNECT a:1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  dialer.succeed();
  EXPECT_TRUE(until([&] { return client->received() == kEstablished; }));
  EXPECT_TRUE(until([&] { return drained; }));
}

TEST_F(Lifecycle, DrainingDoesNotWaitForClientsThatSayNothing) {
  start();
  const auto silent = request("");
  begin_drain();
  settle();
  EXPECT_FALSE(drained) << "its request may be on its way";
  pass(std::chrono::milliseconds(1'100));
  EXPECT_TRUE(until([&] { return drained; }));
  EXPECT_TRUE(until([&] { return bool(silent->read_end()); }));
}

TEST_F(Lifecycle, DrainingEndsAtItsDeadline) {
  start();
  const auto client = request_target("a:1");
  begin_drain();
  settle();
  pass(std::chrono::seconds(2));
  EXPECT_FALSE(drained);
  pass(std::chrono::seconds(24));
  EXPECT_TRUE(until([&] { return drained; }));
}

TEST_F(Lifecycle, StoppingCancelsWhatIsUnderWayAndIsIdempotent) {
  start();
  const auto silent = request("");
  const auto dialling = request_target("a:1");
  testkit::await(shard, part->stop());
  EXPECT_EQ(dialer.cancelled, 1u);
  testkit::await(shard, part->stop());
  EXPECT_TRUE(until([&] { return silent->read_end() && dialling->read_end(); }));
}

TEST_F(Lifecycle, StoppingWithoutAStartIsLegal) {
  start();
  const auto second = component->attach(attachment, dialer);
  testkit::await(shard, second->stop());
}

}  // namespace
}  // namespace konduit::http_connect
