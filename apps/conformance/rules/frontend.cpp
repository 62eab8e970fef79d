#include <gtest/gtest.h>

#include <algorithm>

#include <string>
#include <vector>

#include "konduit/testkit/stream_user.hpp"
#include "streams.hpp"

namespace konduit::conformance {
namespace {

using testkit::StreamUser;

/// Clients of a frontend in memory, at the first url that it listens on. Null where it listens on none.
std::unique_ptr<StreamUser> client_of(World& world) {
  if (world.listening.empty()) return nullptr;
  auto connection = world.host.network.connect(world.shard, world.listening.front());
  if (!connection) {
    ADD_FAILURE() << "nobody accepts at " << world.listening.front() << ": start() begins to";
    return nullptr;
  }
  auto user = std::make_unique<StreamUser>(world.shard, std::move(connection->stream));
  user->receive();
  return user;
}

bool over(const StreamUser& client) { return client.read_end() || client.closes() > 0; }

/// What frontends that listen are asked; those that connect have their own tests of it.
#define SKIP_UNLESS_LISTENING(world) \
  if ((world).listening.empty()) GTEST_SKIP() << "it listens on nothing"

/// A rule that cannot be tried for want of words is broken until the author says why it need not be.
#define FAIL_UNLESS_ASKED(subject)        \
  if ((subject).settings.request.empty()) \
  FAIL() << "say how a client asks for a dial: request, in the settings (or why nobody can: exceptions)"

void coming_and_going(const Subject& subject) {
  World world(subject);
  Running running(world);
  if (!running.ok()) return;
  SKIP_UNLESS_LISTENING(world);
  for (int i = 0; i < 90; ++i) {
    auto client = client_of(world);
    if (!client) return;
    if (i % 3 == 0) client->send("\x05\x01 GET / \r\n");
    if (i % 2 == 0) world.shard.run_turn(Duration::zero(), 1);
    if (i % 3 == 1) client->reset();
    if (i % 3 == 2) client->half_close();
    if (i % 5 == 0) world.settle();
  }
  world.settle();
}

void noise_is_let_go(const Subject& subject) {
  std::string noise;
  for (int i = 0; i < 70'000; ++i) noise += static_cast<char>((i * 7919) >> 3);
  World world(subject);
  Running running(world);
  if (!running.ok()) return;
  SKIP_UNLESS_LISTENING(world);
  for (const std::string& bytes :
       {noise, std::string(70'000, 'a'), std::string("\0\0\0\0", 4), std::string("\n\n\n")}) {
    const auto client = client_of(world);
    if (!client) return;
    client->send(bytes);
    world.settle();
    client->half_close();
    EXPECT_TRUE(world.until([&] { return over(*client); }))
        << "swallows EOF: a client that said " << bytes.size() << " bytes of noise and then ended is not let go";
  }
}

void silence_is_let_go(const Subject& subject) {
  World world(subject);
  world.shard.deadlines().fake_clock();
  Running running(world);
  if (!running.ok()) return;
  SKIP_UNLESS_LISTENING(world);
  const auto client = client_of(world);
  if (!client) return;
  world.settle();
  constexpr int kMostSeconds = 15 * 60;
  for (int second = 0; second < kMostSeconds && !over(*client); second += 15) {
    world.shard.deadlines().advance(std::chrono::seconds(15));
    world.shard.run_ready();
    world.shard.run_turn(std::chrono::milliseconds(1));
  }
  EXPECT_TRUE(over(*client)) << "a client that says nothing keeps its connection for ever: give it a deadline";
}

void ended_half_requests_are_let_go(const Subject& subject) {
  FAIL_UNLESS_ASKED(subject);
  World world(subject);
  world.dialer.error = DialError{DialErrc::refused, false, "refused"};
  Running running(world);
  if (!running.ok()) return;
  SKIP_UNLESS_LISTENING(world);
  const auto& request = subject.settings.request;
  for (std::size_t length = 0; length < request.size(); ++length) {
    const auto client = client_of(world);
    if (!client) return;
    client->send(std::string_view(request).substr(0, length));
    world.settle();
    client->half_close();
    EXPECT_TRUE(world.until([&] { return over(*client); }))
        << "swallows EOF: a client that ended behind " << length << " bytes of its request is not let go";
    if (testing::Test::HasFailure()) return;
  }
}

void stop_ends_every_client(const Subject& subject) {
  World world(subject);
  world.dialer.hold();
  Running running(world);
  if (!running.ok()) return;
  SKIP_UNLESS_LISTENING(world);
  std::vector<std::unique_ptr<StreamUser>> clients;
  for (int i = 0; i < 20; ++i) {
    auto client = client_of(world);
    if (!client) return;
    if (i % 2) client->send(subject.settings.request);
    if (i % 3 == 0) world.settle();
    clients.push_back(std::move(client));
  }
  running.stop();
  world.until([&] { return std::ranges::all_of(clients, [](const auto& client) { return over(*client); }); });
  for (const auto& client : clients) EXPECT_TRUE(over(*client)) << "a client outlives stop()";
  EXPECT_EQ(world.dialer.waiting(), 0U) << "a dial outlives stop()";
}

void every_failure_has_an_answer(const Subject& subject) {
  FAIL_UNLESS_ASKED(subject);
  for (int code = static_cast<int>(DialErrc::refused); code <= static_cast<int>(DialErrc::cancelled); ++code) {
    SCOPED_TRACE("a dial that fails as " + std::string(to_string(DialErrc(code))));
    World world(subject);
    world.dialer.error = DialError{DialErrc(code), false, "it failed"};
    Running running(world);
    if (!running.ok()) return;
    SKIP_UNLESS_LISTENING(world);
    const auto client = client_of(world);
    if (!client) return;
    client->send(subject.settings.request);
    EXPECT_TRUE(world.until([&] { return !world.dialer.requests().empty(); })) << "the request makes no dial";
    EXPECT_TRUE(world.until([&] { return !client->received().empty() || over(*client); }))
        << "the client of a failed dial is left waiting";
  }
}

void leaving_clients_cancel(const Subject& subject) {
  FAIL_UNLESS_ASKED(subject);
  constexpr unsigned kMostSteps = 200;
  for (unsigned steps = 0; steps < kMostSteps && !testing::Test::HasFailure(); ++steps) {
    SCOPED_TRACE("the client left after " + std::to_string(steps) + " steps");
    World world(subject);
    world.dialer.hold();
    Running running(world);
    if (!running.ok()) return;
    SKIP_UNLESS_LISTENING(world);
    const auto client = client_of(world);
    if (!client) return;
    client->send(subject.settings.request);
    for (unsigned step = 0; step < steps; ++step) world.shard.run_turn(std::chrono::milliseconds(1), 1);
    const bool asked = world.dialer.waiting() > 0;
    client->reset();
    EXPECT_TRUE(world.until([&] { return world.dialer.waiting() == 0; }))
        << "ignores cancellation: the client has gone, and its dial goes on";
    if (asked && steps > 40) return;
  }
}

class FrontendStreams final : public SubjectStreams {
 public:
  explicit FrontendStreams(const Subject& subject) : SubjectStreams(subject) {
    if (!running.ok()) return;
    if (world.listening.empty() || subject.settings.request.empty()) {
      ADD_FAILURE() << "say how a client asks for a dial: request, in the settings (or why nobody can: exceptions)";
      return;
    }
    auto connection = world.host.network.connect(world.shard, world.listening.front());
    if (!connection) {
      ADD_FAILURE() << "nobody accepts at " << world.listening.front();
      return;
    }
    second = std::move(connection->stream);
    BufferQueue bytes;
    bytes.push_back(world.shard.pool().copy(std::string_view(subject.settings.request)));
    (void)second->try_write(bytes);
    const bool spliced = world.until([&] { return !world.dialer.spliced.empty(); });
    if (!spliced) {
      ADD_FAILURE() << "the request leads to no tunnel";
      return;
    }
    first = std::move(world.dialer.spliced.front());
    world.settle();
    BufferQueue answer;
    (void)second->try_read(answer, {});
  }
};

constexpr Rule kRules[] = {
    {"clients come and go as they like", coming_and_going},
    {"a client that says noise and ends is let go", noise_is_let_go},
    {"a client that says nothing is let go in time", silence_is_let_go},
    {"a client that ends within its request is let go", ended_half_requests_are_let_go},
    {"a dial whose client has gone is cancelled", leaving_clients_cancel},
    {"a dial that fails has an answer, whatever the class", every_failure_has_an_answer},
    {"stop ends every client and every dial", stop_ends_every_client},
    {"its streams keep the promises of a stream: ends, backpressure, order, lifetime",
     [](const Subject& subject) { judge_streams(subject, frontend_streams); }},
};

}  // namespace

std::unique_ptr<testkit::ConnectedStreams> frontend_streams(const Subject& subject) {
  return std::make_unique<FrontendStreams>(subject);
}

std::span<const Rule> frontend_rules() { return kRules; }

}  // namespace konduit::conformance
