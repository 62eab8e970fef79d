#include "konduit/transport.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "konduit/error.hpp"
#include "process_state.hpp"
#include "streams.hpp"

namespace konduit::conformance {
namespace {

using Connected = boost::system::result<Connection, Connector::Failure>;
using Accepted = Result<Acceptor::Accepted>;

constexpr Duration kConnectPatience = std::chrono::seconds(2);

/// The subject's endpoint, bound, and the acceptor of the one shard that there is.
class Bound {
 public:
  explicit Bound(World& world) : world_(world), component_(world.prepared()) {
    if (!component_) return;
    binding_ = bind(world.subject.node);
    if (!binding_) {
      ADD_FAILURE() << "it cannot listen (give an endpoint that works here: config, in the settings)";
      return;
    }
    url_ = binding_->url();
    world.call("open()", [&] { acceptor_ = binding_->open(world.shard, Liveness()); });
    if (!acceptor_) ADD_FAILURE() << "open() made no acceptor";
  }
  ~Bound() {
    unbind();
    component_.reset();
    world_.settle();
  }
  Bound(const Bound&) = delete;
  Bound& operator=(const Bound&) = delete;

  bool ok() const noexcept { return acceptor_ != nullptr; }
  const Transport& transport() const { return static_cast<const Transport&>(*component_); }
  /// Of the binding, also when it has gone.
  const std::string& url() const noexcept { return url_; }
  Acceptor& acceptor() { return *acceptor_; }
  void unbind() {
    acceptor_.reset();
    binding_.reset();
  }

  /// Null, and the rule broken, where it throws.
  std::unique_ptr<Binding> bind(const config::Node& endpoint) {
    std::unique_ptr<Binding> binding;
    world_.call("bind()", [&] { binding = transport().bind(endpoint); });
    return binding;
  }
  awaitable<Connected> connect(const std::string& to) {
    return transport().connect(world_.shard, to, Liveness(), world_.shard.now() + kConnectPatience);
  }
  /// The ends of one connection, the connecting one first; null after a failure.
  std::pair<StreamPtr, StreamPtr> connected() {
    std::optional<Accepted> accepted;
    std::optional<Connected> connection;
    TaskGroup group(world_.shard);
    group.spawn(testkit::store_result(acceptor_->accept(), &accepted));
    group.spawn(testkit::store_result(connect(url_), &connection));
    world_.until([&] { return group.size() == 0 || (connection && !*connection); });
    world_.cancel(group, "accept() or connect()");
    if (!connection || !*connection) {
      ADD_FAILURE() << "nobody answers at " << url_
                    << ", where it listens: " << (connection ? connection->error().text : "connect() does not end");
    } else if (!accepted || !*accepted) {
      ADD_FAILURE() << "accept() has no connection: " << (accepted ? accepted->error().message() : "it does not end");
    } else {
      EXPECT_NE((*accepted)->address, "") << "accept() does not say who the peer is";
      return {std::move((*connection)->stream), std::move((*accepted)->stream)};
    }
    return {};
  }

 private:
  World& world_;
  std::unique_ptr<Component> component_;
  std::unique_ptr<Binding> binding_;
  std::unique_ptr<Acceptor> acceptor_;
  std::string url_;
};

/// The endpoint under another url.
config::Node at(const config::Node& endpoint, const std::string& url) {
  config::Node node = endpoint;
  for (auto& entry : node.entries()) {
    if (entry.key == "url") entry.value = config::Node::scalar(url);
  }
  return node;
}

void expect_words(const Connected& connection) {
  if (connection) return;
  EXPECT_TRUE(connection.error().code) << "connect() fails without a code";
  EXPECT_NE(connection.error().text, "") << "connect() fails without a word";
}

/// bind() refuses `url`, as the start's errors are said.
void expect_not_bound(World& world, const Transport& transport, const std::string& url, const std::string& why) {
  world.call("bind()", [&] {
    try {
      transport.bind(at(world.subject.node, url));
    } catch (const StartError& error) {
      EXPECT_STRNE(error.what(), "") << "bind() refuses without a word";
      return;
    }
    ADD_FAILURE() << "it binds \"" << url.substr(0, 80) << "\", " << why;
  });
}

void urls_are_checked(const Subject& subject) {
  World world(subject);
  Bound bound(world);
  if (!bound.ok()) return;
  const std::string scheme = subject.descriptor->name;
  const auto said_of = [&](const std::string& url) {
    std::string said;
    world.call("check()", [&] { said = bound.transport().check(url); });
    return said;
  };
  EXPECT_EQ(said_of(subject.node["url"].text()), "") << "it refuses the url that it listens on";
  EXPECT_EQ(said_of(bound.url()), "") << "it refuses the url that its binding says";
  const auto leads_nowhere = [&](const std::string& url) {
    expect_not_bound(world, bound.transport(), url, "which check() refuses");
    const auto connection = world.result("connect()", bound.connect(url));
    if (!connection) return;
    EXPECT_FALSE(*connection) << "it connects to \"" << url.substr(0, 80) << "\", which check() refuses";
    expect_words(*connection);
  };
  for (const std::string& url : {std::string(), std::string("://"), std::string("host.example:80"), scheme,
                                 "no-" + scheme + "://host.example:80"}) {
    if (said_of(url).empty()) {
      ADD_FAILURE() << "it takes \"" << url << "\", which is no url of its scheme";
    } else {
      leads_nowhere(url);
    }
  }
  for (const auto& rest : {std::string(), std::string("/"), std::string("a\0b", 3), std::string("\xff:99999"),
                           std::string("[::1"), std::string(100'000, 'x')}) {
    const std::string url = scheme + "://" + rest;
    if (!said_of(url).empty()) leads_nowhere(url);
  }
}

void bound_url_leads_there(const Subject& subject) {
  World world(subject);
  Bound bound(world);
  if (!bound.ok()) return;
  EXPECT_FALSE(bound.acceptor().take()) << "take() has a connection before anybody connected";
  auto [near, far] = bound.connected();
  if (!near || !far) return;
  EXPECT_FALSE(bound.acceptor().take()) << "take() has a connection that accept() had before";
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
  bound.unbind();
  const auto connection = world.result("connect()", bound.connect(bound.url()));
  if (!connection) return;
  EXPECT_FALSE(*connection) << "somebody answers at " << bound.url() << " behind the end of its binding";
  expect_words(*connection);
}

void addresses_are_held_and_freed(const Subject& subject) {
  World world(subject);
  Bound bound(world);
  if (!bound.ok()) return;
  expect_not_bound(world, bound.transport(), bound.url(), "which is taken");
  auto ends = bound.connected();
  EXPECT_TRUE(ends.second) << "what tried to bind a second time has harmed the first";
  ends = {};
  bound.unbind();
  EXPECT_TRUE(bound.bind(at(subject.node, bound.url()))) << "the address is not free when its binding has gone";
}

void cancelled_waits_end(const Subject& subject) {
  constexpr unsigned kMostSteps = 50;
  {
    World world(subject);
    Bound bound(world);
    if (!bound.ok()) return;
    for (unsigned steps = 0; steps < 5; ++steps) {
      std::optional<Accepted> accepted;
      world.cancel_after(steps, "accept()", testkit::store_result(bound.acceptor().accept(), &accepted));
      EXPECT_TRUE(accepted && !*accepted) << "accept() has a connection, and nobody has connected";
    }
    EXPECT_TRUE(bound.connected().second) << "behind a cancelled accept() nobody is accepted";
  }
  at_every_step(kMostSteps, [&](unsigned steps) {
    World world(subject);
    Bound bound(world);
    if (!bound.ok()) return false;
    std::optional<Connected> connection;
    if (!world.cancel_after(steps, "connect()", testkit::store_result(bound.connect(bound.url()), &connection))) {
      return false;
    }
    if (connection) expect_words(*connection);
    return true;
  });
}

void sockets_leave_nothing(const Subject& subject) {
  const auto live = [&] {
    World world(subject);
    Bound bound(world);
    if (!bound.ok()) return;
    const auto ends = bound.connected();
    // One that nobody accepts: it may wait for that, and gives up.
    std::optional<Connected> waiting;
    world.cancel_after(20, "connect()", testkit::store_result(bound.connect(bound.url()), &waiting));
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
  void turn(Duration wait) override { world_.turn(wait); }

 private:
  World world_;
  Bound bound_;
};

constexpr Rule kRules[] = {
    {"it takes urls of its scheme and no others", urls_are_checked},
    {"what it binds can be connected to under the url that it says", bound_url_leads_there},
    {"where nobody listens, connecting is an error with words", nobody_is_an_error},
    {"an address is held as long as its binding, and free behind it", addresses_are_held_and_freed},
    {"accepting and connecting end when they are cancelled", cancelled_waits_end},
    {"a binding and its connections leave no descriptor and no thread behind", sockets_leave_nothing},
    {"its streams keep the promises of a stream: ends, backpressure, order, lifetime",
     [](const Subject& subject) { judge_streams(subject, transport_streams); }},
};

}  // namespace

std::unique_ptr<testkit::ConnectedStreams> transport_streams(const Subject& subject) {
  return std::make_unique<TransportStreams>(subject);
}

std::span<const Rule> transport_rules() { return kRules; }

}  // namespace konduit::conformance
