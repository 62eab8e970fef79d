#include <gtest/gtest.h>
#include <boost/asio/error.hpp>

#include <deque>
#include <optional>
#include <set>
#include <string>

#include "konduit/event.hpp"
#include "streams.hpp"

namespace konduit::conformance {
namespace {

using Answer = DialResult<StreamPtr>;

constexpr Duration kDialPatience = std::chrono::seconds(1);

/// Every place where the far end of a dial can turn up, in memory: who listens on each url that is connected to, and
/// the fakes that the backend refers to.
class FarEnds final : private Listener::Handler {
 public:
  explicit FarEnds(World& world) : world_(world) {
    world_.host.network.before_connect = [this](const std::string& url) { return before(this, url); };
    for (auto* backend : world_.backends) {
      backend->before_dial = [this](const DialRequest& request) { return before_dial(this, request.deadline); };
    }
  }
  ~FarEnds() {
    for (auto& listener : listeners_) listener->stop(world_.shard);
    world_.host.network.before_connect = nullptr;
  }

  /// If set, connecting fails.
  error_code error;
  /// Connecting waits, by the deadline that connectors keep.
  bool hangs = false;
  unsigned asked = 0;

  StreamPtr take() {
    for (auto* backend : world_.backends) {
      if (backend->far_ends.empty()) continue;
      accepted_.push_back(std::move(backend->far_ends.front()));
      backend->far_ends.pop_front();
    }
    if (accepted_.empty()) return nullptr;
    auto stream = std::move(accepted_.front());
    accepted_.pop_front();
    return stream;
  }

 private:
  static awaitable<error_code> before(FarEnds* self, std::string url) {
    ++self->asked;
    if (self->hangs) co_return co_await self->never_.wait(self->world_.host.network.connect_deadline);
    if (self->error) co_return self->error;
    if (!self->known_.contains(url)) {
      self->known_.insert(url);
      self->listeners_.push_back(self->world_.host.network.listen(url));
      self->listeners_.back()->start(self->world_.shard, *self);
    }
    co_return error_code();
  }
  static awaitable<std::optional<DialError>> before_dial(FarEnds* self, TimePoint deadline) {
    ++self->asked;
    error_code why = self->error;
    if (self->hangs) why = co_await self->never_.wait(deadline);
    if (!why) co_return std::nullopt;
    if (why == asio::error::operation_aborted) co_return DialError{DialErrc::cancelled, false, "cancelled"};
    co_return DialError{DialErrc::refused, true, "refused"};
  }
  void on_connection(Connection connection) override { accepted_.push_back(std::move(connection.stream)); }

  World& world_;
  Event never_{world_.shard};
  std::set<std::string> known_;
  std::vector<std::shared_ptr<Listener>> listeners_;
  std::deque<StreamPtr> accepted_;
};

void expect_words(const Answer& answer) {
  if (answer) {
    EXPECT_NE(answer.value(), nullptr) << "dial() answers success without a stream";
  } else {
    EXPECT_NE(answer.error().text, "") << "dial() fails without a word: the text is what the client's log shows";
  }
}

/// One dial, to a counterpart that `wrong` has made do something wrong.
void dial_to_counterpart(const Subject& subject, const std::string& what,
                         const std::function<void(testkit::FakeDialer&)>& wrong) {
  if (!subject.counterpart) return;
  SCOPED_TRACE("a counterpart whose dial " + what);
  Stage stage(subject);
  if (!stage.ok()) return;
  wrong(stage.other()->dialer);
  Dial dial(stage.world, stage.part<BackendPart>(), usual_dial(stage.world, kDialPatience));
  EXPECT_TRUE(stage.world.until([&] { return dial.ended(); })) << "dial() does not answer by the request's deadline";
  if (!dial.answer) return;
  EXPECT_FALSE(*dial.answer) << "dial() brings a stream although the far end has none";
  expect_words(*dial.answer);
}

/// One dial whose far end does something wrong.
void dial_against(const Subject& subject, const char* what, const std::function<void(FarEnds&)>& wrong,
                  std::string_view bytes = {}, bool close = false) {
  SCOPED_TRACE(what);
  World world(subject);
  FarEnds far(world);
  wrong(far);
  Running running(world);
  if (!running.ok()) return;
  const auto request = usual_dial(world, kDialPatience);
  std::optional<Answer> answer;
  TaskGroup group(world.shard);
  group.spawn(testkit::store_result(running.part<BackendPart>().dial(request), &answer));
  StreamPtr end;
  const bool ended = world.until([&] {
    if (!end && (end = far.take())) {
      BufferQueue queue;
      if (!bytes.empty()) queue.push_back(world.shard.pool().copy(bytes));
      if (!queue.empty()) (void)end->try_write(queue);
      if (close) end->close();
    }
    return group.size() == 0;
  });
  EXPECT_TRUE(ended) << "dial() does not answer by the request's deadline";
  world.cancel(group, "dial()");
  if (answer) expect_words(*answer);
  answer.reset();
}

void wrong_far_ends(const Subject& subject) {
  std::string noise;
  for (int i = 0; i < 70'000; ++i) noise += static_cast<char>((i * 7919) >> 3);
  dial_against(subject, "a far end that refuses", [](FarEnds& far) { far.error = asio::error::connection_refused; });
  dial_against(subject, "a far end that closes at once", [](FarEnds&) {}, "", true);
  dial_against(subject, "a far end that says noise", [](FarEnds&) {}, noise);
  dial_against(subject, "a far end that says half a line and closes", [](FarEnds&) {}, "HTTP/1.1 2", true);
  for (int code = static_cast<int>(DialErrc::refused); code <= static_cast<int>(DialErrc::cancelled); ++code) {
    const DialError error{DialErrc(code), false, "it failed"};
    dial_to_counterpart(subject, "fails as " + std::string(to_string(error.code)),
                        [&](testkit::FakeDialer& dialer) { dialer.error = error; });
  }
}

void answers_by_the_deadline(const Subject& subject) {
  dial_against(subject, "a far end that never answers", [](FarEnds& far) { far.hangs = true; });
  dial_against(subject, "a far end that says nothing", [](FarEnds&) {});
  dial_to_counterpart(subject, "never ends", [](testkit::FakeDialer& dialer) { dialer.hold(); });
}

struct CancelledDial {
  bool under_way = false;  ///< It had not ended when it was cancelled.
  bool arrived = false;    ///< The far end had heard of it.
};

/// `hangs`: connecting to the far end waits; otherwise the far end is there, and says nothing.
CancelledDial cancel_a_dial(Stage& stage, unsigned steps, bool hangs) {
  std::optional<FarEnds> far;
  World* other = stage.other();
  if (other) {
    other->dialer.hold();
  } else {
    far.emplace(stage.world).hangs = hangs;
  }
  const auto request = usual_dial(stage.world, kDialPatience);
  std::optional<Answer> answer;
  const bool under_way = stage.world.cancel_after(
      steps, "dial()", testkit::store_result(stage.part<BackendPart>().dial(request), &answer));
  const bool arrived = other ? !other->dialer.requests().empty() : far->asked > 0;
  if (answer) expect_words(*answer);
  // The far end says nothing: nobody else can have decided this dial.
  if (under_way && arrived && answer && !*answer && stage.world.shard.now() < request.deadline) {
    EXPECT_EQ(to_string(answer->error().code), to_string(DialErrc::cancelled))
        << "dial() was cancelled, and answers otherwise: " << answer->error().text;
  }
  answer.reset();
  if (other) {
    EXPECT_TRUE(stage.world.until([&] { return other->dialer.waiting() == 0; }))
        << "dial() was cancelled, and its far end is not told: the dial goes on there";
  }
  return {under_way, arrived};
}

/// As testkit::cancel_at_every_step, with a world that has its own shard.
void cancel_at_every_step(const Subject& subject, bool hangs) {
  constexpr unsigned kMostSteps = 300;
  unsigned waiting = 0;
  at_every_step(kMostSteps, [&](unsigned steps) {
    Stage stage(subject);
    if (!stage.ok()) return false;
    const auto cancelled = cancel_a_dial(stage, steps, hangs);
    if (!cancelled.under_way) return false;
    return !cancelled.arrived || ++waiting <= 10;  // else it waits for the far end now, and would until its deadline
  });
}

void cancelled_dials_end(const Subject& subject) {
  cancel_at_every_step(subject, false);
  if (!subject.counterpart) cancel_at_every_step(subject, true);
}

class BackendStreams final : public SubjectStreams {
 public:
  explicit BackendStreams(const Subject& subject) : SubjectStreams(subject) {
    if (!stage.ok()) return;
    if (!stage.other()) far_.emplace(world);
    request.deadline = world.shard.now() + std::chrono::seconds(5);
    Dial dial(world, stage.part<BackendPart>(), request);
    bool answered = subject.settings.answer.empty();
    world.until([&] {
      if (!second) second = far_end();
      if (second && !answered) answered = say_answer();
      return dial.ended();
    });
    dial.cancel();
    if (!dial.answer || !*dial.answer) {
      ADD_FAILURE() << "the dial brought no stream: " << (dial.answer ? dial.answer->error().text : "it did not end")
                    << " (say what the far end answers: answer, or who: counterpart, in the settings)";
      second.reset();
      return;
    }
    first = std::move(**dial.answer);
    if (!second && !world.until([&] { return (second = far_end()) != nullptr; })) {
      ADD_FAILURE() << "there is a stream, and nobody at its far end";
    }
  }

 private:
  /// Reads what the subject says, and answers once it has said something.
  bool say_answer() {
    BufferQueue request_bytes;
    if (!second->try_read(request_bytes, {})) return false;
    BufferQueue bytes;
    bytes.push_back(world.shard.pool().copy(std::string_view(world.subject.settings.answer)));
    return second->try_write(bytes).has_value();
  }

  StreamPtr far_end() { return far_ ? far_->take() : next_tunnel(stage.other()->dialer); }

  std::optional<FarEnds> far_;
};

constexpr Rule kRules[] = {
    {"what is wrong with the far end is an error with words", wrong_far_ends},
    {"a dial has its answer by the deadline", answers_by_the_deadline},
    {"a dial that is cancelled ends", cancelled_dials_end},
    {"its streams keep the promises of a stream: ends, backpressure, order, lifetime",
     [](const Subject& subject) { judge_streams(subject, backend_streams); }},
};

}  // namespace

std::unique_ptr<testkit::ConnectedStreams> backend_streams(const Subject& subject) {
  return std::make_unique<BackendStreams>(subject);
}

std::span<const Rule> backend_rules() { return kRules; }

}  // namespace konduit::conformance
