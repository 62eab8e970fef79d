#include <gtest/gtest.h>

#include "konduit/stream_pair.hpp"
#include "pair_fixture.hpp"
#include "support/counted_allocations.hpp"
#include "support/endless_streams.hpp"

namespace konduit::transport_grpc {
namespace {

/// A listener and its only connector, over streams that do not allocate either.
class Wire final : public Listener, public Connector {
 public:
  const std::string& url() const noexcept override { return url_; }
  void start(Shard&, Handler& handler) override { handler_ = &handler; }
  void stop(Shard&) override { handler_ = nullptr; }

  awaitable<boost::system::result<Connection, Failure>> connect(Shard& shard, std::string, TimePoint) override {
    StreamPair pair = make_stream_pair(shard, shard, kWide);
    handler_->on_connection(Connection{std::move(pair.second), {}, "h2"});
    co_return Connection{std::move(pair.first), {}, "h2"};
  }

 private:
  const std::string url_ = "tcp://agents";
  Handler* handler_ = nullptr;
};

class AllocationTest : public PairTest {
 protected:
  explicit AllocationTest(std::shared_ptr<Wire> wire = std::make_shared<Wire>()) : PairTest(wire, wire) {}

  /// Allocations while `packets` DATA packets pass, when everything has been run in.
  std::size_t steady(StreamPtr from, StreamPtr to, std::size_t packets) {
    test_support::EndlessSource source(shard_, std::move(from));
    test_support::CountingSink sink(std::move(to));
    source.write();
    std::size_t goal = 64 * 1024 * 1024;
    const std::function<bool()> there = [&] { return sink.bytes() >= goal; };
    EXPECT_TRUE(testkit::run_until(shard_, there));
    goal = sink.bytes() + packets * BlockPool::kRecord;
    const std::size_t before = test_support::allocations();
    EXPECT_TRUE(testkit::run_until(shard_, there));
    return test_support::allocations() - before;
  }

  std::pair<StreamPtr, StreamPtr> tunnel() {
    dialer().at_once = true;
    StreamPtr server = std::move(*testkit::await(shard_, agents_.part->dial(request_for(shard_))));
    EXPECT_TRUE(until([&] { return dialer().dials[0]->spliced != nullptr; }));
    return {std::move(server), std::move(dialer().dials[0]->spliced)};
  }
};

TEST_F(AllocationTest, NothingIsAllocatedForDataFromTheAgentToTheServer) {
  auto [server, agent] = tunnel();
  EXPECT_EQ(steady(std::move(agent), std::move(server), 2000), 0u);
}

TEST_F(AllocationTest, NothingIsAllocatedForDataFromTheServerToTheAgent) {
  auto [server, agent] = tunnel();
  EXPECT_EQ(steady(std::move(server), std::move(agent), 2000), 0u);
}

// Both ends of a tunnel between two relays, from the dial to the end, and some of the test's own. What a tunnel costs
// beyond that is the frontend's, the pipeline's and the sockets'.
constexpr std::size_t kAllocationsOfATunnel = 30;

TEST_F(AllocationTest, ATunnelTakesABoundedNumber) {
  const auto open_and_close = [this] {
    auto [server, agent] = tunnel();
    server->reset(ResetReason::cancelled);
    shard_.run_ready();
    agent->reset(ResetReason::cancelled);
    server.reset();
    agent.reset();
    dialer().dials.clear();
  };
  for (int i = 0; i < 100; ++i) open_and_close();
  constexpr std::size_t kTunnels = 100;
  const std::size_t before = test_support::allocations();
  for (std::size_t i = 0; i < kTunnels; ++i) open_and_close();
  const std::size_t each = (test_support::allocations() - before) / kTunnels;
  RecordProperty("allocations_of_a_tunnel", static_cast<int>(each));
  EXPECT_LE(each, kAllocationsOfATunnel);
}

}  // namespace
}  // namespace konduit::transport_grpc
