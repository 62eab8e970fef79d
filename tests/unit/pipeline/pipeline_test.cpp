#include "pipeline/pipeline.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "konduit/testkit/memory_stream.hpp"
#include "konduit/testkit/named_stream.hpp"
#include "konduit/testkit/recording_logger.hpp"
#include "konduit/testkit/recording_metrics.hpp"
#include "konduit/testkit/run.hpp"
#include "konduit/testkit/stream_user.hpp"

namespace konduit::pipeline {
namespace {

using testkit::MemoryStream;
using testkit::StreamUser;

/// What happened to a filter, in one line a call.
using Journal = std::vector<std::string>;

class JournalFilter final : public FilterPart {
 public:
  JournalFilter(Journal& journal, std::string name) : journal_(journal), name_(std::move(name)) {}

  Verdict<DialResult<void>> on_dial(DialRequest& request) override {
    journal_.push_back(name_ + " dial " + request.target.text());
    if (throws) throw std::runtime_error("broken");
    if (throws_no_exception) throw 5;
    if (denies) return DialResult<void>(DialError{DialErrc::denied, false, "not for you"});
    if (later) return answer_later();
    return DialResult<void>{};
  }
  Verdict<DialResult<void>> on_resolved(const DialRequest&, std::vector<asio::ip::address>&) override {
    if (throws_at_addresses) throw std::runtime_error("broken");
    return DialResult<void>{};
  }
  StreamPtr on_stream(const DialRequest&, StreamPtr stream) override {
    journal_.push_back(name_ + " stream");
    if (throws_at_stream) throw std::runtime_error("broken");
    return stream;
  }
  void on_end(const TunnelSummary& summary) override {
    journal_.push_back(name_ + " end " + std::string(summary.end));
    pipeline = summary.pipeline;
    remote = summary.remote;
  }

  bool denies = false;
  bool throws = false;
  bool throws_no_exception = false;
  bool throws_at_addresses = false;
  bool throws_at_stream = false;
  bool later = false;
  std::string pipeline;
  std::string remote;

 private:
  static awaitable<DialResult<void>> answer_later() { co_return DialResult<void>{}; }

  Journal& journal_;
  std::string name_;
};

class FakeBackend final : public BackendPart {
 public:
  explicit FakeBackend(Shard& shard) : shard_(shard), go_(shard) { go_.set(); }

  awaitable<DialResult<StreamPtr>> dial(const DialRequest& request) override {
    co_await asio::this_coro::throw_if_cancelled(false);
    ++dials;
    if (co_await go_.wait()) co_return DialError{DialErrc::cancelled, false, "cancelled"};
    if (throws) throw std::runtime_error("the backend broke");
    if (throws_as_cancelled) throw boost::system::system_error(asio::error::operation_aborted);
    if (refuses) co_return DialError{DialErrc::refused, true, "connection refused"};
    if (resolves) {
      std::vector<asio::ip::address> addresses{asio::ip::address_v4::loopback()};
      auto allowed = co_await request.resolution->resolved(addresses);
      if (allowed.has_error()) co_return std::move(allowed).error();
    }
    auto [near_end, far_end] = MemoryStream::make_pair(shard_);
    far.emplace_back(std::make_unique<StreamUser>(shard_, std::move(far_end)));
    co_return std::make_unique<testkit::NamedStream>(std::move(near_end), "agent node-1");
  }
  void hold() { go_.clear(); }
  void release() { go_.set(); }

  int dials = 0;
  bool refuses = false;
  bool resolves = false;
  bool throws = false;
  bool throws_as_cancelled = false;
  std::vector<std::unique_ptr<StreamUser>> far;

 private:
  Shard& shard_;
  Event go_;
};

class PipelineTest : public testing::Test {
 protected:
  using Dialled = DialResult<std::unique_ptr<Tunnel>>;

  Dialled dial() { return testkit::await(shard_, pipeline_.dial({.target = {"host", 80}})); }

  Shard shard_;
  Journal journal_;
  JournalFilter first_{journal_, "first"};
  JournalFilter second_{journal_, "second"};
  FakeBackend backend_{shard_};
  testkit::RecordingLogger log_;
  testkit::RecordingMetrics metrics_;
  TunnelQuota quota_{1, 0};
  std::array<Shard*, 1> shards_{&shard_};
  MemoryBudget budget_{4 * 1024 * 1024, 1024, shards_};
  Pipeline pipeline_{shard_, "main", {{&first_, &second_}, &backend_}, {}, quota_, budget_, log_, metrics_};
};

TEST_F(PipelineTest, asks_filters_in_order_and_tells_the_end_in_reverse) {
  auto tunnel = dial();
  ASSERT_TRUE(tunnel.has_value());
  auto [client_far, client_near] = MemoryStream::make_pair(shard_);
  StreamUser client(shard_, std::move(client_far));
  (*tunnel)->splice(std::move(client_near));
  tunnel->reset();
  EXPECT_EQ(pipeline_.active(), 1u);
  client.half_close();
  backend_.far.front()->half_close();
  ASSERT_TRUE(testkit::run_until(shard_, [&] { return pipeline_.active() == 0; }));
  EXPECT_EQ(journal_, (Journal{"first dial host:80", "second dial host:80", "first stream", "second stream",
                               "second end closed", "first end closed"}));
}

TEST_F(PipelineTest, does_not_ask_the_backend_what_a_filter_denied) {
  first_.denies = true;
  const auto tunnel = dial();
  ASSERT_TRUE(tunnel.has_error());
  EXPECT_EQ(tunnel.error().code, DialErrc::denied);
  EXPECT_EQ(backend_.dials, 0);
  EXPECT_EQ(journal_, (Journal{"first dial host:80", "first end denied"})) << "only who was asked is told the end";
  EXPECT_EQ(metrics_.counted("konduit_dials_total", {{"result", "error"}}), 1u);
}

TEST_F(PipelineTest, refuses_what_goes_beyond_the_quota_before_anybody_is_asked) {
  auto only = dial();
  ASSERT_TRUE(only.has_value());
  journal_.clear();
  const auto beyond = dial();
  ASSERT_TRUE(beyond.has_error());
  EXPECT_EQ(beyond.error().code, DialErrc::overloaded);
  EXPECT_EQ(backend_.dials, 1);
  EXPECT_TRUE(journal_.empty());
  only->reset();
  EXPECT_TRUE(dial().has_value());
}

TEST_F(PipelineTest, waits_for_a_filter_that_answers_later) {
  first_.later = true;
  EXPECT_TRUE(dial().has_value());
}

TEST_F(PipelineTest, tells_the_log_what_a_part_threw_and_the_client_only_that_it_failed) {
  const auto expect_fault_of = [this](const char* part, const char* what) {
    log_.clear();
    const auto tunnel = dial();
    EXPECT_EQ(tunnel.error().code, DialErrc::refused);
    EXPECT_EQ(tunnel.error().text, "internal error of the proxy; its log says more");
    const auto lines = log_.lines();
    const auto line = std::ranges::find(lines, LogLevel::error, &testkit::RecordingLogger::Line::level);
    ASSERT_NE(line, lines.end()) << log_.text();
    EXPECT_EQ(line->field("pipeline"), "main");
    EXPECT_EQ(line->field("part"), part);
    EXPECT_EQ(line->field("what"), what);
  };
  second_.throws = true;
  expect_fault_of("filters[1]", "broken");
  second_.throws = false;
  first_.throws_no_exception = true;
  expect_fault_of("filters[0]", "an exception of an unknown type");
  first_.throws_no_exception = false;
  backend_.throws = true;
  expect_fault_of("backend", "the backend broke");
  backend_.throws = false;
  log_.clear();
  backend_.throws_as_cancelled = true;
  EXPECT_EQ(dial().error().code, DialErrc::cancelled);
  EXPECT_FALSE(log_.has("threw")) << log_.text();
  backend_.throws_as_cancelled = false;
  backend_.resolves = true;
  second_.throws_at_addresses = true;
  expect_fault_of("filters[1]", "broken");
  backend_.resolves = false;
  second_.throws_at_stream = true;
  expect_fault_of("filters[1]", "broken");
  backend_.far.back()->receive();
  EXPECT_TRUE(testkit::run_until(shard_, [this] { return backend_.far.back()->read_end().failed(); }))
      << "the target's stream is left open";
  EXPECT_EQ(pipeline_.active(), 0u);
}

TEST_F(PipelineTest, reports_why_a_dial_failed) {
  backend_.refuses = true;
  const auto tunnel = dial();
  EXPECT_EQ(tunnel.error().code, DialErrc::refused);
  EXPECT_TRUE(tunnel.error().retryable);
  EXPECT_TRUE(log_.has("dial failed")) << log_.text();
}

TEST_F(PipelineTest, resets_the_target_when_a_tunnel_is_dropped_unused) {
  auto tunnel = dial();
  ASSERT_TRUE(tunnel.has_value());
  EXPECT_EQ(pipeline_.active(), 1u);
  tunnel->reset();
  EXPECT_EQ(pipeline_.active(), 0u);
  auto& far = *backend_.far.front();
  far.receive();
  EXPECT_TRUE(testkit::run_until(shard_, [&] { return bool(far.read_end()); }));
  EXPECT_EQ(journal_.back(), "first end abandoned");
}

TEST_F(PipelineTest, cuts_running_tunnels_with_their_accounts_closed) {
  auto tunnel = dial();
  auto [client_far, client_near] = MemoryStream::make_pair(shard_);
  StreamUser client(shard_, std::move(client_far));
  client.receive();
  (*tunnel)->splice(std::move(client_near));
  tunnel->reset();
  pipeline_.cut(ResetReason::cancelled, "stopped");
  EXPECT_EQ(pipeline_.active(), 0u);
  EXPECT_EQ(journal_.back(), "first end stopped");
  EXPECT_TRUE(testkit::run_until(shard_, [&] { return bool(client.read_end()); }));
}

TEST_F(PipelineTest, counts_and_names_a_tunnel_that_is_ended_for_want_of_memory) {
  shard_.deadlines().fake_clock();
  std::vector<Buffer> others;
  for (int i = 0; i != 65; ++i) others.push_back(shard_.pool().allocate(64 * 1024));
  auto tunnel = dial();
  auto [client_far, client_near] = MemoryStream::make_pair(shard_);
  StreamUser client(shard_, std::move(client_far));
  (*tunnel)->splice(std::move(client_near));
  tunnel->reset();
  client.send(testkit::pattern(1'000'000));
  shard_.run_ready();
  for (int second = 0; second != 16 && pipeline_.active() != 0; ++second) {
    shard_.deadlines().advance(std::chrono::seconds(1));
    shard_.run_ready();
  }
  ASSERT_EQ(pipeline_.active(), 0u);
  EXPECT_EQ(metrics_.counted("konduit_tunnels_cut_total", {{"reason", "memory_budget"}}), 1u);
  EXPECT_TRUE(log_.has("runtime.memory_budget is used up")) << log_.text();
  EXPECT_EQ(journal_.back(), "first end memory budget");
}

TEST_F(PipelineTest, tells_a_filter_which_pipeline_and_who_served) {
  auto tunnel = dial();
  auto [client_far, client_near] = MemoryStream::make_pair(shard_);
  StreamUser client(shard_, std::move(client_far));
  (*tunnel)->splice(std::move(client_near));
  tunnel->reset();
  client.half_close();
  backend_.far.front()->half_close();
  ASSERT_TRUE(testkit::run_until(shard_, [&] { return pipeline_.active() == 0; }));
  EXPECT_EQ(first_.pipeline, "main");
  EXPECT_EQ(first_.remote, "agent node-1");
}

TEST_F(PipelineTest, tells_who_served_also_of_a_tunnel_that_was_cut_or_never_used) {
  auto used = dial();
  auto [client_far, client_near] = MemoryStream::make_pair(shard_);
  (*used)->splice(std::move(client_near));
  used->reset();
  pipeline_.cut(ResetReason::cancelled, "stopped");
  EXPECT_EQ(std::exchange(first_.remote, {}), "agent node-1");
  dial()->reset();
  EXPECT_EQ(journal_.back(), "first end abandoned");
  EXPECT_EQ(first_.remote, "agent node-1");
}

TEST_F(PipelineTest, names_nobody_where_the_dial_failed) {
  backend_.refuses = true;
  EXPECT_TRUE(dial().has_error());
  EXPECT_EQ(first_.pipeline, "main");
  EXPECT_EQ(first_.remote, "");
}

TEST_F(PipelineTest, is_idle_only_when_the_last_tunnel_has_ended) {
  EXPECT_TRUE(testkit::await(shard_, pipeline_.idle(shard_.now())));
  auto tunnel = dial();
  EXPECT_FALSE(testkit::await(shard_, pipeline_.idle(shard_.now())));
  tunnel->reset();
  EXPECT_TRUE(testkit::await(shard_, pipeline_.idle(TimePoint::max())));
}

/// A dial that is given up at any moment leaves neither a tunnel nor an open account.
class CancelledDial final : public testkit::CancelScenario {
 public:
  explicit CancelledDial(Shard& shard) : shard_(shard), backend_(shard) { filter_.later = true; }

  awaitable<void> operation() override {
    DialRequest request{.target = {"host", 80}};  // by name: g++ 12 destroys a braced temporary in an await twice
    auto tunnel = co_await pipeline_.dial(std::move(request));
    dialled_ = tunnel.has_value();
  }
  void check(bool cancelled) override {
    EXPECT_EQ(pipeline_.active(), 0u);
    EXPECT_NE(dialled_, cancelled);
    EXPECT_EQ(std::ranges::count_if(journal_, [](const auto& line) { return line.starts_with("filter end"); }),
              std::ranges::count(journal_, "filter dial host:80"));
  }

 private:
  Shard& shard_;
  Journal journal_;
  JournalFilter filter_{journal_, "filter"};
  FakeBackend backend_;
  testkit::RecordingLogger log_;
  testkit::RecordingMetrics metrics_;
  TunnelQuota quota_{100, 0};
  MemoryBudget budget_{4 * 1024 * 1024, 1024, {}};
  Pipeline pipeline_{shard_, "main", {{&filter_}, &backend_}, {}, quota_, budget_, log_, metrics_};
  bool dialled_ = false;
};

TEST(CancelledDialTest, leaves_nothing_behind_wherever_it_is_cancelled) {
  testkit::cancel_at_every_step([](Shard& shard) { return std::make_unique<CancelledDial>(shard); });
}

}  // namespace
}  // namespace konduit::pipeline
