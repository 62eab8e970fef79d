#include <gtest/gtest.h>
#include <sys/socket.h>

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "konduit/testkit/test_host.hpp"
#include "raw_peer.hpp"
#include "socket/socket_stream.hpp"
#include "stations.hpp"
#include "transport-grpc/packets.hpp"

namespace konduit::transport_grpc {
namespace {

using testkit::StreamUser;

/// A listener that hands over connections on the shard that a test wants. They are sockets, since streams in memory
/// send themselves messages, which would be counted.
class Doors final : public Listener {
 public:
  const std::string& url() const noexcept override { return url_; }
  void start(Shard& shard, Handler& handler) override { handlers_[shard.index()] = &handler; }
  void stop(Shard& shard) override { handlers_.erase(shard.index()); }

  StreamPtr connect(Shard& shard) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
      throw std::runtime_error("socketpair");
    }
    handlers_.at(shard.index())->on_connection(Connection{stream(shard, ends[0]), {}, "h2"});
    return stream(shard, ends[1]);
  }

 private:
  static StreamPtr stream(Shard& shard, int end) {
    error_code failure;
    StreamPtr stream = socket::make_stream(shard, socket::FileDescriptor(end), socket::Family::local, failure);
    if (!stream) throw std::runtime_error(failure.message());
    return stream;
  }

  const std::string url_ = "tcp://agents";
  std::map<unsigned, Handler*> handlers_;
};

/// Picks the agent whose id is the host that is dialed.
class ByName final : public SelectorPart {
 public:
  std::unique_ptr<const AgentIndex> build(std::span<const AgentPtr> agents) override {
    return std::make_unique<Index>(std::vector<AgentPtr>(agents.begin(), agents.end()));
  }

 private:
  class Index final : public AgentIndex {
   public:
    explicit Index(std::vector<AgentPtr> agents) : agents_(std::move(agents)) {}
    AgentPtr pick(const DialRequest& request, std::span<const AgentPtr>) const override {
      for (const AgentPtr& agent : agents_) {
        if (agent->id == request.target.host) return agent;
      }
      return nullptr;
    }
    bool has_agents() const noexcept override { return !agents_.empty(); }
    std::size_t size() const noexcept override { return agents_.size(); }

   private:
    std::vector<AgentPtr> agents_;
  };
};

/// The `agents` backend on two shards, with two agents on each. The shards take turns on the test's thread.
class CrossShardTest : public testing::Test {
 protected:
  static constexpr std::size_t kPackets = 400;  // of each tunnel, in each direction

  struct Station {
    Shard shard;
    testkit::TestAttachment attachment;
    std::unique_ptr<AgentsPart> part;
    std::uint64_t messages = 0;
    std::uint64_t wakeups = 0;

    explicit Station(unsigned index) : shard(index), attachment(shard) {}
  };

  struct Agent {
    std::string name;
    std::unique_ptr<RawPeer> peer;
  };

  CrossShardTest() : backend_(nodes::agents(), host_) {
    host_.on_listen = [this](const config::Node&, const ListenSettings&) { return doors_; };
    for (Station* station : {&first_, &second_}) {
      station->attachment.add(ComponentKind::selector, "first/a", selector_);
    }
    testkit::await(first_.shard, backend_.prepare());
    for (Station* station : {&first_, &second_}) {
      station->part.reset(static_cast<AgentsPart*>(backend_.attach(station->attachment).release()));
    }
    for (Station* station : {&first_, &second_}) testkit::await(station->shard, station->part->start());
  }

  void SetUp() override {
    for (Station* station : {&first_, &first_, &second_, &second_}) {
      Agent agent{"agent-" + std::to_string(agents_.size()),
                  std::make_unique<RawPeer>(station->shard, doors_->connect(station->shard), http2::Role::client)};
      agent.peer->call("/AgentService/Connect", {{"agentid", agent.name}});
      agents_.push_back(std::move(agent));
      ASSERT_TRUE(until([&] { return agents_.back().peer->of().head.has_value(); }));
    }
  }

  ~CrossShardTest() override {
    for (Station* station : {&second_, &first_}) {
      TaskGroup tasks(station->shard);
      tasks.spawn(station->part->stop());
      EXPECT_TRUE(until([&] { return tasks.size() == 0; }));
      testkit::await(station->shard, tasks.join());
    }
    agents_.clear();
    for (Station* station : {&second_, &first_}) station->part.reset();
  }

  void turn() {
    ++turns_;
    first_.shard.run_turn(Duration::zero());
    second_.shard.run_turn(Duration::zero());
  }
  bool until(const std::function<bool()>& done) {
    return testkit::run_until([this](Duration) { turn(); }, done);
  }

  std::unique_ptr<StreamUser> tunnel(Station& from, std::size_t agent) {
    RawPeer& peer = *agents_[agent].peer;
    auto running = std::make_unique<RunningDial>(from.shard, *from.part, request_for(from.shard, agents_[agent].name));
    EXPECT_TRUE(until([&] { return peer.count(DIAL_REQ) == 1 || running->done(); }));
    peer.send(dial_success(peer.heard(DIAL_REQ).packet.dialrequest().random(), kId));
    EXPECT_TRUE(until([&] { return running->done(); }));
    EXPECT_TRUE(*running->result);
    return std::make_unique<StreamUser>(from.shard, std::move(**running->result));
  }

  void count_from_here() {
    turns_ = 0;
    for (Station* station : {&first_, &second_}) {
      station->messages = station->shard.messages();
      station->wakeups = station->shard.wakeups();
    }
  }
  static std::uint64_t messages(const Station& station) { return station.shard.messages() - station.messages; }
  static std::uint64_t wakeups(const Station& station) { return station.shard.wakeups() - station.wakeups; }

  /// kPackets through each tunnel, of which the first belongs to `agents[0]`, and so on, and as many back.
  void transfer(const std::vector<std::unique_ptr<StreamUser>>& users, const std::vector<std::size_t>& agents) {
    const std::string packet(proto::kDataPayload, 'x');
    for (std::size_t i = 0; i != users.size(); ++i) {
      users[i]->receive();
      for (std::size_t n = 0; n != kPackets; ++n) {
        users[i]->send(packet);
        agents_[agents[i]].peer->send_data(kId, packet);
      }
    }
    const std::size_t goal = kPackets * packet.size();
    EXPECT_TRUE(until([&] {
      for (std::size_t i = 0; i != users.size(); ++i) {
        if (users[i]->received().size() < goal) return false;
        if (agents_[agents[i]].peer->of().received[kId].size() < goal) return false;
      }
      return true;
    }));
  }

  static constexpr std::int64_t kId = 5;

  Station first_{0};
  Station second_{1};
  std::shared_ptr<Doors> doors_ = std::make_shared<Doors>();
  testkit::TestHost host_{std::vector<Shard*>{&first_.shard, &second_.shard}, "agents/main"};
  ByName selector_;
  AgentsBackend backend_;
  std::vector<Agent> agents_;
  std::uint64_t turns_ = 0;
};

TEST_F(CrossShardTest, AStreamNamesItsAgentWhateverShardThatIsOn) {
  EXPECT_EQ(tunnel(first_, 0)->stream().remote(), "agent agent-0");
  EXPECT_EQ(tunnel(first_, 2)->stream().remote(), "agent agent-2");
}

TEST_F(CrossShardTest, NothingCrossesForDataWhereTheAgentIsOnTheDiallersShard) {
  std::vector<std::unique_ptr<StreamUser>> users;
  users.push_back(tunnel(first_, 0));
  users.push_back(tunnel(first_, 1));
  users.push_back(tunnel(second_, 2));
  users.push_back(tunnel(second_, 3));
  count_from_here();
  transfer(users, {0, 1, 2, 3});
  EXPECT_EQ(messages(first_) + messages(second_), 0u);
  EXPECT_EQ(wakeups(first_) + wakeups(second_), 0u);
}

TEST_F(CrossShardTest, AShardIsWokenOnceATurnHoweverManyPacketsAndTunnelsCross) {
  std::vector<std::unique_ptr<StreamUser>> users;
  users.push_back(tunnel(first_, 2));
  users.push_back(tunnel(first_, 3));
  users.push_back(tunnel(second_, 0));
  users.push_back(tunnel(second_, 1));
  count_from_here();
  transfer(users, {2, 3, 0, 1});
  const std::uint64_t packets = 2 * users.size() * kPackets;
  for (const Station* station : {&first_, &second_}) {
    EXPECT_GT(wakeups(*station), 0u) << "nothing was counted";
    EXPECT_LE(wakeups(*station), turns_);
    // Packets cross in batches: had each its message, there would be one for each and one for its way home.
    EXPECT_LT(messages(*station), packets / 4);
  }
  RecordProperty("packets", static_cast<int>(packets));
  RecordProperty("messages", static_cast<int>(messages(first_) + messages(second_)));
  RecordProperty("wakeups", static_cast<int>(wakeups(first_) + wakeups(second_)));
  RecordProperty("turns", static_cast<int>(turns_));
}

}  // namespace
}  // namespace konduit::transport_grpc
