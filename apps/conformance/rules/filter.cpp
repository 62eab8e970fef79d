#include <gtest/gtest.h>
#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "konduit/testkit/memory_stream.hpp"
#include "konduit/testkit/named_stream.hpp"
#include "process_state.hpp"
#include "streams.hpp"

namespace konduit::conformance {
namespace {

using Addresses = std::vector<asio::ip::address>;
using Answer = DialResult<void>;

std::vector<DialRequest> odd_dials() {
  std::vector<DialRequest> dials;
  for (const std::string& name :
       {std::string("host.example"), std::string("10.0.0.1"), std::string("::1"), std::string("::ffff:169.254.169.254"),
        std::string("HOST.Example."), std::string(), std::string("."), std::string("a b\n\"'"), std::string("\xff\xfe"),
        std::string(5000, 'x'), std::string("nul\0name", 8)}) {
    for (const std::uint16_t port : {0, 1, 443, 65535}) {
      DialRequest request;
      request.target = {name, port};
      request.peer.address = port == 443 ? "" : "tcp://192.0.2.7:40312";
      request.frontend = "http-connect/judge";
      dials.push_back(std::move(request));
    }
  }
  return dials;
}

void expect_answer(const Answer& answer, const std::string& hook) {
  if (answer) return;
  EXPECT_NE(answer.error().text, "") << hook << " denies without a word: the text is what the client's log shows";
  EXPECT_NE(to_string(answer.error().code), "") << hook << " denies with a code that does not exist";
}

/// What a hook says, whether at once or later. Nothing where it threw or hung, which is reported.
std::optional<Answer> answer_of(World& world, const char* hook, const std::function<Verdict<Answer>()>& ask) {
  std::optional<Verdict<Answer>> verdict;
  world.call(hook, [&] { verdict.emplace(ask()); });
  if (!verdict) return std::nullopt;
  std::optional<Answer> answer;
  if (verdict->ready()) {
    answer.emplace(verdict->take());
  } else {
    answer = world.result(hook, verdict->later());
  }
  if (answer) expect_answer(*answer, hook);
  return answer;
}

void end(World& world, FilterPart& part, const DialRequest& request, const DialError* error) {
  world.call("on_end()", [&] {
    part.on_end({.request = &request, .error = error, .end = error ? "failed" : "closed", .pipeline = "judge"});
  });
}

void odd_dials_get_an_answer(const Subject& subject) {
  World world(subject);
  Running running(world);
  if (!running.ok()) return;
  auto& part = running.part<FilterPart>();
  for (auto& request : odd_dials()) {
    SCOPED_TRACE("a dial to \"" + request.target.host.substr(0, 60) + "\", port " +
                 std::to_string(request.target.port));
    const auto dial = answer_of(world, "on_dial()", [&] { return part.on_dial(request); });
    if (dial && *dial) {
      const Addresses given{asio::ip::make_address("10.0.0.1"), asio::ip::make_address("2001:db8::1"),
                            asio::ip::make_address("127.0.0.1")};
      Addresses left = given;
      answer_of(world, "on_resolved()", [&] { return part.on_resolved(request, left); });
      const bool new_one = std::ranges::any_of(
          left, [&](const auto& address) { return std::ranges::find(given, address) == given.end(); });
      EXPECT_FALSE(new_one) << "on_resolved() adds addresses: it may only remove some";
      Addresses none;
      answer_of(world, "on_resolved()", [&] { return part.on_resolved(request, none); });
    }
    const DialError error = dial && !*dial ? dial->error() : DialError{};
    end(world, part, request, error.text.empty() ? nullptr : &error);
    if (testing::Test::HasFailure()) return;
  }
}

void rehearses_unprepared(const Subject& subject) {
  World world(subject);
  auto component = world.make();
  if (!component) return;
  const auto before = ProcessState::now();
  auto part = world.attach(*component);
  if (!part) return;
  auto& filter = static_cast<FilterPart&>(*part);
  DialRequest request = usual_dial(subject);
  const auto dial = answer_of(world, "on_dial()", [&] { return filter.on_dial(request); });
  if (dial && *dial) {
    Addresses addresses{usual_address(subject)};
    answer_of(world, "on_resolved()", [&] { return filter.on_resolved(request, addresses); });
  }
  end(world, filter, request, nullptr);
  EXPECT_EQ(ProcessState::now().beyond(before), "") << "a rehearsal opens nothing and starts no thread";
  world.run("stop()", filter.stop());
  part.reset();
}

void dials_overlap_and_are_forgotten(const Subject& subject) {
  if (allocated_bytes() == 0) GTEST_SKIP() << "the allocator does not tell what it has handed out";
  World world(subject);
  Running running(world);
  if (!running.ok()) return;
  auto& part = running.part<FilterPart>();
  const auto round = [&] {
    std::vector<DialRequest> requests(100);
    std::vector<bool> denied(requests.size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
      requests[i].target = {"host-" + std::to_string(i) + ".example", 443};
      const auto answer = answer_of(world, "on_dial()", [&] { return part.on_dial(requests[i]); });
      denied[i] = answer && !*answer;
      if (testing::Test::HasFailure()) return;
    }
    const DialError refused{DialErrc::refused, false, "refused"};
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const auto which = (i * 37) % requests.size();  // in another order than they began
      end(world, part, requests[which], denied[which] || which % 3 == 0 ? &refused : nullptr);
    }
  };
  constexpr int kRounds = 30;
  constexpr std::size_t kNoise = 16 * 1024;
  const auto rounds = [&] {
    for (int i = 0; i < kRounds && !testing::Test::HasFailure(); ++i) round();
    world.settle();            // what a filter writes down at its leisure is written
    world.host.log().clear();  // what it has logged is kept by the host, and is not the filter's
    return allocated_bytes();
  };
  // A queue or a buffer grows to what it needs, and then no more; a leak goes on.
  constexpr int kLooks = 5;
  std::size_t before = 0;
  std::size_t after = rounds();
  for (int look = 0; look < kLooks; ++look) {
    before = std::exchange(after, rounds());
    if (after < before + kNoise) return;
  }
  ADD_FAILURE() << "it leaks: 3000 dials that began and ended left " << after - before
                << " bytes behind, again and again";
}

/// What a hook answers in the end, for whoever spawns it.
awaitable<void> later_answer(Verdict<Answer> verdict, std::optional<Answer>* answer) {
  answer->emplace(co_await verdict.later());
}

/// A hook that a policy elsewhere answers may take its time, and is cancelled when the client has gone. Answers whether
/// it was still at work after so many steps.
bool cancelled_at(const Subject& subject, unsigned steps, bool resolved) {
  World world(subject);
  Running running(world);
  if (!running.ok()) return false;
  auto& part = running.part<FilterPart>();
  DialRequest request = usual_dial(subject);
  Addresses addresses{usual_address(subject)};
  const char* hook = resolved ? "on_resolved()" : "on_dial()";
  if (resolved) {
    const auto dial = answer_of(world, "on_dial()", [&] { return part.on_dial(request); });
    if (!dial || !*dial) return false;
  }
  std::optional<Verdict<Answer>> verdict;
  world.call(hook, [&] { verdict.emplace(resolved ? part.on_resolved(request, addresses) : part.on_dial(request)); });
  std::optional<Answer> answer;
  bool under_way = false;
  if (verdict && !verdict->ready())
    under_way = world.cancel_after(steps, hook, later_answer(*std::move(verdict), &answer));
  if (answer) expect_answer(*answer, hook);
  world.call("on_end()", [&] { part.on_end({.request = &request, .end = "client reset", .pipeline = "judge"}); });
  return under_way;
}

void cancelled_hooks_end(const Subject& subject) {
  constexpr unsigned kMostSteps = 200;
  for (const bool resolved : {false, true}) {
    at_every_step(kMostSteps, [&](unsigned steps) { return cancelled_at(subject, steps, resolved); });
  }
}

constexpr Rule kRules[] = {
    {"every dial gets an answer, however odd it is", odd_dials_get_an_answer},
    {"dials overlap, end in any order and are forgotten", dials_overlap_and_are_forgotten},
    {"a hook that is cancelled ends", cancelled_hooks_end},
    {"a rehearsal asks it without having prepared it", rehearses_unprepared},
    {"its streams keep the promises of a stream: ends, backpressure, order, lifetime",
     [](const Subject& subject) { judge_streams(subject, filter_streams); }},
};

}  // namespace

namespace {

class FilteredStreams final : public SubjectStreams {
 public:
  explicit FilteredStreams(const Subject& subject) : SubjectStreams(subject) {
    if (!stage.ok() || !is_let_through(subject)) return;
    auto [near, far] = testkit::MemoryStream::make_pair(world.shard);
    second = std::move(far);
    StreamPtr inner = std::make_unique<testkit::NamedStream>(std::move(near), usual_remote(subject));
    world.call("on_stream()", [&] { first = part().on_stream(request, std::move(inner)); });
    if (!first) {
      ADD_FAILURE() << "on_stream() makes no stream of one";
    } else {
      EXPECT_EQ(first->remote(), usual_remote(subject)) << "a stream that wraps another passes remote() on";
    }
  }
  ~FilteredStreams() override {
    first.reset();
    if (stage.ok()) end(world, part(), request, nullptr);
  }

 private:
  bool is_let_through(const Subject& subject) {
    auto answer = answer_of(world, "on_dial()", [&] { return part().on_dial(request); });
    Addresses addresses{usual_address(subject)};
    if (answer && *answer)
      answer = answer_of(world, "on_resolved()", [&] { return part().on_resolved(request, addresses); });
    if (answer && *answer) return true;
    ADD_FAILURE() << "the dial of the suite gets no tunnel: " << (answer ? answer->error().text : "no answer")
                  << " (name one that does: target and address, in the settings)";
    return false;
  }
  FilterPart& part() { return stage.part<FilterPart>(); }
};

}  // namespace

std::unique_ptr<testkit::ConnectedStreams> filter_streams(const Subject& subject) {
  return std::make_unique<FilteredStreams>(subject);
}

std::span<const Rule> filter_rules() { return kRules; }

}  // namespace konduit::conformance
