#include <gtest/gtest.h>

#include <algorithm>

#include <string>
#include <vector>

#include "konduit/testkit/stream_user.hpp"
#include "listening.hpp"
#include "streams.hpp"

namespace konduit::conformance {
namespace {

using testkit::StreamUser;

/// A rule that cannot be tried for want of words is broken until the author says why it need not be.
#define FAIL_UNLESS_ASKED(subject)                                  \
  if ((subject).settings.request.empty() && !(subject).counterpart) \
  FAIL() << "say how a client asks for a dial: request or counterpart, in the settings (or why nobody can: exceptions)"

#define SKIP_UNLESS_REACHED(stage) \
  if (!(stage).other()) SKIP_UNLESS_LISTENING((stage).world)

constexpr Duration kDialPatience = std::chrono::seconds(30);

/// Somebody who has the frontend make a dial: the counterpart, or a client that says the author's words.
class Asking {
 public:
  explicit Asking(Stage& stage) {
    if (stage.other()) {
      dial_ = std::make_unique<Dial>(stage.world, stage.other_backend(), usual_dial(stage.world, kDialPatience));
    } else if ((client_ = client_of(stage.world))) {
      client_->send(stage.world.subject.settings.request);
    }
  }
  bool ok() const noexcept { return dial_ || client_; }
  /// What has been said to it so far is no answer.
  void listen() {
    if (client_) heard_ = client_->received().size();
  }
  bool answered() const { return dial_ ? dial_->ended() : client_->received().size() > heard_ || over(*client_); }
  void leave() {
    if (dial_) {
      dial_->cancel();
    } else {
      client_->reset();
    }
  }

 private:
  std::unique_ptr<Dial> dial_;
  std::unique_ptr<StreamUser> client_;
  std::size_t heard_ = 0;
};

/// What a client says to have a dial: the author's words, or else the counterpart's.
std::string request_of(const Subject& subject) {
  if (!subject.counterpart) return subject.settings.request;
  Stage stage(subject);
  if (!stage.ok()) return {};
  stage.world.dialer.hold();
  const Asking client(stage);
  EXPECT_TRUE(stage.world.until([&] { return stage.world.dialer.waiting() > 0; }))
      << "the counterpart has no dial made";
  return stage.other()->said;
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
    world.turn();
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
  const std::string request = request_of(subject);
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

void stop_ends_every_dial(const Subject& subject) {
  FAIL_UNLESS_ASKED(subject);
  Stage stage(subject);
  if (!stage.ok()) return;
  SKIP_UNLESS_REACHED(stage);
  stage.world.dialer.hold();
  std::vector<std::unique_ptr<Asking>> clients;
  for (std::size_t i = 1; i <= 5; ++i) {
    clients.push_back(std::make_unique<Asking>(stage));
    if (!clients.back()->ok()) return;
    EXPECT_TRUE(stage.world.until([&] { return stage.world.dialer.waiting() == i; })) << "the request makes no dial";
  }
  for (const auto& client : clients) client->listen();
  stage.stop();
  EXPECT_EQ(stage.world.dialer.waiting(), 0U) << "a dial outlives stop()";
  stage.world.until([&] { return std::ranges::all_of(clients, [](const auto& one) { return one->answered(); }); });
  for (const auto& client : clients) EXPECT_TRUE(client->answered()) << "a client is left waiting behind stop()";
}

void every_failure_has_an_answer(const Subject& subject) {
  FAIL_UNLESS_ASKED(subject);
  for (int code = static_cast<int>(DialErrc::refused); code <= static_cast<int>(DialErrc::cancelled); ++code) {
    SCOPED_TRACE("a dial that fails as " + std::string(to_string(DialErrc(code))));
    Stage stage(subject);
    if (!stage.ok()) return;
    SKIP_UNLESS_REACHED(stage);
    auto& dialer = stage.world.dialer;
    dialer.error = DialError{DialErrc(code), false, "it failed"};
    dialer.hold();
    Asking client(stage);
    if (!client.ok()) return;
    EXPECT_TRUE(stage.world.until([&] { return dialer.waiting() > 0; })) << "the request makes no dial";
    stage.world.settle();
    client.listen();
    dialer.release();
    EXPECT_TRUE(stage.world.until([&] { return client.answered(); })) << "the client of a failed dial is left waiting";
  }
}

void leaving_clients_cancel(const Subject& subject) {
  FAIL_UNLESS_ASKED(subject);
  constexpr unsigned kMostSteps = 200;
  unsigned waiting = 0;
  for (unsigned steps = 0; steps < kMostSteps && !testing::Test::HasFailure(); ++steps) {
    SCOPED_TRACE("the client left after " + std::to_string(steps) + " steps");
    Stage stage(subject);
    if (!stage.ok()) return;
    SKIP_UNLESS_REACHED(stage);
    auto& dialer = stage.world.dialer;
    dialer.hold();
    Asking client(stage);
    if (!client.ok()) return;
    stage.world.step(steps);
    const bool asked = dialer.waiting() > 0;
    client.leave();
    EXPECT_TRUE(stage.world.until([&] { return dialer.waiting() == 0; }))
        << "ignores cancellation: the client has gone, and its dial goes on";
    if (asked && ++waiting > 10) return;
  }
  EXPECT_GT(waiting, 0U) << "the request makes no dial in " << kMostSteps << " steps";
}

void dials_say_who_asks(const Subject& subject) {
  FAIL_UNLESS_ASKED(subject);
  Stage stage(subject);
  if (!stage.ok()) return;
  SKIP_UNLESS_REACHED(stage);
  auto& dialer = stage.world.dialer;
  dialer.hold();
  const Asking client(stage);
  if (!client.ok()) return;
  const bool asked = stage.world.until([&] { return dialer.waiting() > 0; });
  EXPECT_TRUE(asked) << "the request makes no dial";
  if (!asked) return;
  const auto& request = dialer.requests().back();
  EXPECT_EQ(request.frontend, stage.world.host.id()) << "the dial's frontend is not Host::id()";
  if (stage.other()) {
    EXPECT_EQ(request.target.text(), subject.settings.target.text()) << "the counterpart asked for another target";
  } else {
    EXPECT_EQ(request.peer.address, kClient) << "the dial's peer is not that of the client's connection";
  }
}

/// What a client is answered before its tunnel, by a frontend that can have `window` bytes under way.
std::string answer_of(const Subject& subject, std::size_t window) {
  World world(subject);
  world.network.accepting.window = window;
  Running running(world);
  if (!running.ok()) return {};
  const auto client = silent_client_of(world);
  if (!client) return {};
  client->send(subject.settings.request);
  world.settle();  // who does not wait until its answer has been taken splices here
  client->receive();
  EXPECT_TRUE(world.until([&] { return !world.dialer.spliced.empty(); })) << "the request leads to no tunnel";
  world.settle();
  return client->received();
}

void slow_clients_get_the_whole_answer(const Subject& subject) {
  FAIL_UNLESS_ASKED(subject);
  if (subject.settings.request.empty()) GTEST_SKIP() << "its counterpart has the answer, and not a client's words";
  const std::string whole = answer_of(subject, 64 * 1024);
  if (testing::Test::HasFailure()) return;
  EXPECT_EQ(answer_of(subject, 1), whole)
      << "a client that reads late misses a part of the answer: splice() comes before it was taken";
}

void early_words_are_not_lost(const Subject& subject) {
  FAIL_UNLESS_ASKED(subject);
  if (subject.settings.request.empty()) GTEST_SKIP() << "its counterpart asks, and not a client's words";
  World world(subject);
  Running running(world);
  if (!running.ok()) return;
  SKIP_UNLESS_LISTENING(world);
  const auto client = client_of(world);
  if (!client) return;
  const std::string early = "early words";
  client->send(subject.settings.request + early);
  StreamPtr tunnel;
  world.until([&] { return (tunnel = next_tunnel(world.dialer)) || over(*client); });
  if (!tunnel && over(*client)) return;  // who says so may refuse them
  ASSERT_TRUE(tunnel) << "a client that says more than its request gets neither a tunnel nor an end";
  StreamUser target(world.shard, std::move(tunnel));
  target.receive();
  EXPECT_TRUE(world.until([&] { return target.received() == early; }))
      << "what a client says behind its request is lost: the tunnel has \"" << target.received() << '"';
}

class FrontendStreams final : public SubjectStreams {
 public:
  explicit FrontendStreams(const Subject& subject) : SubjectStreams(subject) {
    if (!stage.ok()) return;
    if (stage.other()) {
      ask_by_counterpart();
    } else {
      ask_by_words(subject.settings.request);
    }
    if (!second) return;
    if (!world.until([&] { return (first = next_tunnel(world.dialer)) != nullptr; })) {
      ADD_FAILURE() << "the request leads to no tunnel";
      return;
    }
    world.settle();
    BufferQueue answer;
    if (!stage.other()) (void)second->try_read(answer, {});
  }

 private:
  void ask_by_counterpart() {
    Dial dial(world, stage.other_backend(), usual_dial(world, kDialPatience));
    world.until([&] { return dial.ended(); });
    if (dial.answer && *dial.answer) {
      second = std::move(**dial.answer);
    } else {
      ADD_FAILURE() << "the counterpart's dial brought no stream: "
                    << (dial.answer ? dial.answer->error().text : "it did not end");
    }
  }
  void ask_by_words(const std::string& words) {
    if (world.listening.empty() || words.empty()) {
      ADD_FAILURE() << "say how a client asks for a dial: request or counterpart, in the settings (or why nobody can: "
                       "exceptions)";
      return;
    }
    auto connection = world.network.connect(world.shard, world.listening.front());
    if (!connection) {
      ADD_FAILURE() << "nobody accepts at " << world.listening.front();
      return;
    }
    second = std::move(connection->stream);
    BufferQueue bytes;
    bytes.push_back(world.shard.pool().copy(std::string_view(words)));
    (void)second->try_write(bytes);
  }
};

constexpr Rule kRules[] = {
    {"a client that says nothing is let go in time", silence_is_let_go},
    {"a client that ends within its request is let go", ended_half_requests_are_let_go},
    {"a dial says who asks", dials_say_who_asks},
    {"a client that reads late gets the whole answer", slow_clients_get_the_whole_answer},
    {"what a client says behind its request is not lost", early_words_are_not_lost},
    {"a dial whose client has gone is cancelled", leaving_clients_cancel},
    {"a dial that fails has an answer, whatever the class", every_failure_has_an_answer},
    {"stop ends every client", stop_ends_every_client},
    {"stop ends every dial, and whoever waits for it knows", stop_ends_every_dial},
    {"its streams keep the promises of a stream: ends, backpressure, order, lifetime",
     [](const Subject& subject) { judge_streams(subject, frontend_streams); }},
};

}  // namespace

std::unique_ptr<testkit::ConnectedStreams> frontend_streams(const Subject& subject) {
  return std::make_unique<FrontendStreams>(subject);
}

std::span<const Rule> frontend_rules() { return kRules; }

}  // namespace konduit::conformance
