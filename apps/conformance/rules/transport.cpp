#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "konduit/error.hpp"
#include "konduit/transport.hpp"
#include "process_state.hpp"
#include "streams.hpp"

namespace konduit::conformance {
namespace {

using Connected = boost::system::result<Connection, Connector::Failure>;

constexpr Duration kConnectPatience = std::chrono::seconds(1);

/// The subject's endpoint, listening on the world's shard. Fails the rule where it cannot.
class Bound {
 public:
  explicit Bound(World& world) : world_(world), component_(world.make()) {
    if (!component_) return;
    try {
      binding_ = transport().bind(world_.subject.node);
      acceptor_ = binding_->open(world_.shard, {});
    } catch (const std::exception& error) {
      ADD_FAILURE() << "it cannot listen: " << error.what()
                    << " (give an address that is free on this machine: config, in the settings)";
    }
  }
  ~Bound() {
    unbind();
    component_.reset();
    world_.settle();
  }

  bool ok() const noexcept { return acceptor_ != nullptr; }
  const Transport& transport() const { return static_cast<const Transport&>(*component_); }
  Acceptor& acceptor() { return *acceptor_; }
  const std::string& url() const { return binding_->url(); }
  void unbind() {
    acceptor_.reset();
    binding_.reset();
  }

  std::optional<Connected> connect(const std::string& to) {
    return world_.result("connect()", transport().connect(world_.shard, to, {}, world_.shard.now() + kConnectPatience));
  }
  /// The ends of one connection, the connecting one first; null after a failure.
  std::pair<StreamPtr, StreamPtr> connected() {
    auto connection = connect(url());
    if (!connection || !*connection) {
      ADD_FAILURE() << "nobody answers at " << url()
                    << ", where it listens: " << (connection ? connection->error().text : "");
      return {};
    }
    auto accepted = world_.result("accept()", acceptor_->accept());
    if (!accepted || !*accepted) {
      ADD_FAILURE() << "accept() has no connection: " << (accepted ? accepted->error().message() : "");
      return {};
    }
    EXPECT_FALSE((*accepted)->address.empty()) << "accept() does not say who the peer is";
    return {std::move((*connection)->stream), std::move((*accepted)->stream)};
  }

 private:
  World& world_;
  std::unique_ptr<Component> component_;
  std::unique_ptr<Binding> binding_;
  std::unique_ptr<Acceptor> acceptor_;
};

/// The endpoint under another url.
config::Node at(const config::Node& endpoint, const std::string& url) {
  config::Node node = endpoint;
  for (auto& entry : node.entries()) {
    if (entry.key == "url") entry.value = config::Node::scalar(url);
  }
  return node;
}

void urls_are_checked(const Subject& subject) {
  World world(subject);
  Bound bound(world);
  if (!bound.ok()) return;
  EXPECT_EQ(bound.transport().check(subject.node["url"].text()), "") << "it refuses the url that it listens on";
  EXPECT_EQ(bound.transport().check(bound.url()), "") << "it refuses the url that its binding says";
  for (const char* url : {"", "://", "elsewhere://host.example:80", "host.example:80"}) {
    EXPECT_NE(bound.transport().check(url), "") << "it takes \"" << url << "\", which is no url of its scheme";
    EXPECT_THROW(bound.transport().bind(at(subject.node, url)), StartError) << "it binds \"" << url << '"';
    const auto connection = bound.connect(url);
    EXPECT_FALSE(connection && *connection) << "it connects to \"" << url << '"';
  }
}

void bytes_cross(const Subject& subject) {
  World world(subject);
  Bound bound(world);
  if (!bound.ok()) return;
  EXPECT_FALSE(bound.acceptor().take()) << "take() has a connection before anybody connected";
  auto [near, far] = bound.connected();
  if (!near || !far) return;
  testkit::StreamUser client(world.shard, std::move(near));
  testkit::StreamUser server(world.shard, std::move(far));
  server.receive();
  client.send("hello");
  EXPECT_TRUE(world.until([&] { return server.received() == "hello"; })) << "what the client says does not arrive";
}

void nobody_is_an_error(const Subject& subject) {
  World world(subject);
  Bound bound(world);
  if (!bound.ok()) return;
  const std::string url = bound.url();
  bound.unbind();
  const auto connection = bound.connect(url);
  ASSERT_TRUE(connection);
  ASSERT_FALSE(*connection) << "somebody answers at " << url << " behind the end of its binding";
  EXPECT_TRUE(connection->error().code) << "connect() fails without a code";
  EXPECT_NE(connection->error().text, "") << "connect() fails without a word";
}

void addresses_are_held_and_freed(const Subject& subject) {
  World world(subject);
  Bound bound(world);
  if (!bound.ok()) return;
  const auto same = at(subject.node, bound.url());
  EXPECT_THROW(bound.transport().bind(same), StartError) << "it binds " << bound.url() << " a second time";
  auto ends = bound.connected();
  EXPECT_TRUE(ends.second) << "what tried to bind a second time has harmed the first";
  ends = {};
  bound.unbind();
  EXPECT_NO_THROW(bound.transport().bind(same)) << "the address is not free when its binding has gone";
}

/// Cancels `task` behind so many handlers; false if it had ended.
bool cancelled_after(World& world, const char* what, awaitable<void> task, unsigned steps) {
  TaskGroup group(world.shard);
  group.spawn(std::move(task));
  for (unsigned step = 0; step < steps && group.size() != 0; ++step) {
    world.shard.run_turn(std::chrono::milliseconds(1), 1);
  }
  const bool under_way = group.size() != 0;
  group.cancel();
  if (!world.until([&] { return group.size() == 0; })) {
    ADD_FAILURE() << what << " ignores its cancellation";
    std::fflush(nullptr);
    std::_Exit(1);
  }
  return under_way;
}

void cancellation_ends_it(const Subject& subject) {
  constexpr unsigned kMostSteps = 20;
  World world(subject);
  Bound bound(world);
  if (!bound.ok()) return;
  for (unsigned steps = 0; steps < kMostSteps; ++steps) {
    std::optional<Result<Acceptor::Accepted>> accepted;
    cancelled_after(world, "accept()", testkit::store_result(bound.acceptor().accept(), &accepted), steps);
    EXPECT_FALSE(accepted && *accepted) << "accept() has a connection, and nobody has connected";
  }
  auto ends = bound.connected();
  EXPECT_TRUE(ends.second) << "behind a cancelled accept() nobody is accepted";
  bool under_way = true;
  for (unsigned steps = 0; steps < kMostSteps && under_way; ++steps) {
    std::optional<Connected> connection;
    under_way = cancelled_after(
        world, "connect()",
        testkit::store_result(
            bound.transport().connect(world.shard, bound.url(), {}, world.shard.now() + kConnectPatience), &connection),
        steps);
  }
}

void sockets_leave_nothing(const Subject& subject) {
  const auto live = [&] {
    World world(subject);
    Bound bound(world);
    if (!bound.ok()) return;
    auto ends = bound.connected();
    auto unaccepted = bound.connect(bound.url());
  };
  live();  // what a process opens once stays open
  if (testing::Test::HasFailure()) return;
  const auto before = ProcessState::now();
  live();
  EXPECT_EQ(ProcessState::now().beyond(before), "") << "it leaks: this is left of a binding and its connections";
}

class TransportStreams final : public testkit::ConnectedStreams {
 public:
  explicit TransportStreams(const Subject& subject) : world_(subject), bound_(world_) {
    if (bound_.ok()) std::tie(first, second) = bound_.connected();
  }
  ~TransportStreams() override {
    first.reset();
    second.reset();
  }
  Shard& shard() override { return world_.shard; }

 private:
  World world_;
  Bound bound_;
};

constexpr Rule kRules[] = {
    {"it takes urls of its scheme and no others", urls_are_checked},
    {"what it binds can be connected to under the url that it says", bytes_cross},
    {"where nobody listens, connecting is an error with words", nobody_is_an_error},
    {"an address is held as long as its binding, and free behind it", addresses_are_held_and_freed},
    {"accepting and connecting end when they are cancelled", cancellation_ends_it},
    {"a binding and its connections leave no descriptor behind", sockets_leave_nothing},
    {"its streams keep the promises of a stream: ends, backpressure, order, lifetime",
     [](const Subject& subject) { judge_streams(subject, transport_streams); }},
};

}  // namespace

std::unique_ptr<testkit::ConnectedStreams> transport_streams(const Subject& subject) {
  return std::make_unique<TransportStreams>(subject);
}

std::span<const Rule> transport_rules() { return kRules; }

}  // namespace konduit::conformance
