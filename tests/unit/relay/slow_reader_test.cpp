#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "relay_fixture.hpp"

// Targets and clients that take bytes slowly or not at all, and what a relay holds for them.
namespace konduit::relay {
namespace {

using testkit::pattern;

using SlowReaderTest = RelayFixture;

/// A sink as a socket: it takes much at once, and more only when its peer has read all of that.
class CoarseSink final : public Stream {
 public:
  explicit CoarseSink(std::size_t& unread) : unread_(unread) {}
  void observe(Observer* observer) override { observer_ = observer; }
  Result<std::size_t> try_read(BufferQueue&, const ReadShape&) override { return StreamErrc::would_block; }
  Result<std::size_t> try_write(BufferQueue& from) override {
    if (unread_ > 0) return StreamErrc::would_block;
    unread_ = std::min<std::size_t>(from.size(), 256 * 1024);
    from.consume(unread_);
    return unread_;
  }
  bool half_close() override { return true; }
  void close() override {}
  void reset(ResetReason) override {}
  std::optional<std::size_t> unread_by_peer() const override { return unread_; }

  void taken(std::size_t bytes) {
    unread_ -= bytes;
    if (unread_ == 0 && observer_ != nullptr) observer_->on_writable();
  }

 private:
  std::size_t& unread_;
  Observer* observer_ = nullptr;
};

/// A source that always has more.
class FullSource final : public Stream {
 public:
  FullSource(Shard& shard, int& reads) : shard_(shard), reads_(reads) {}
  void observe(Observer*) override {}
  Result<std::size_t> try_read(BufferQueue& into, const ReadShape& shape) override {
    ++reads_;
    const std::size_t size = std::min<std::size_t>(shape.limit, 64 * 1024);
    into.push_back(shard_.pool().allocate(size));
    return size;
  }
  Result<std::size_t> try_write(BufferQueue&) override { return StreamErrc::would_block; }
  bool half_close() override { return true; }
  void close() override {}
  void reset(ResetReason) override {}
  std::size_t unread() const override { return 1024 * 1024; }

 private:
  Shard& shard_;
  int& reads_;
};

TEST_F(SlowReaderTest, reads_on_as_long_as_the_sinks_peer_takes_bytes_however_coarse_the_sink_is) {
  shard_.deadlines().fake_clock();
  std::size_t unread = 0;
  int reads = 0;
  auto client = std::make_unique<CoarseSink>(unread);
  CoarseSink& sink = *client;
  relay_.emplace(context_, std::move(client), std::make_unique<FullSource>(shard_, reads),
                 static_cast<Relay::Owner&>(*this));
  relay_->start();
  shard_.run_ready();
  ASSERT_GT(unread, 60'000u);
  const auto seconds = [&](int count, std::size_t rate) {
    for (int i = 0; i != count; ++i) {
      sink.taken(rate);
      shard_.deadlines().advance(std::chrono::seconds(1));
      shard_.run_ready();
    }
    return reads;
  };
  int before = seconds(4, 1000);
  for (int i = 0; i != 4; ++i) {
    const int now = seconds(4, 1000);
    EXPECT_GT(now, before) << "a source may think that nobody reads it";
    before = now;
  }
  before = seconds(4, 0);
  EXPECT_EQ(seconds(60, 0), before) << "nobody takes anything";
  relay_->reset(ResetReason::cancelled);
}

/// Others use up the whole budget for as long as this lives.
std::vector<Buffer> crowd(Shard& shard, const MemoryBudget& budget) {
  std::vector<Buffer> blocks;
  for (std::size_t held = 0; held <= budget.limit(); held += 64 * 1024) {
    blocks.push_back(shard.pool().allocate(64 * 1024));
  }
  return blocks;
}

TEST_F(SlowReaderTest, over_the_budget_a_tunnel_that_holds_more_than_its_share_and_delivers_nothing_is_ended) {
  shard_.deadlines().fake_clock();
  const auto others = crowd(shard_, budget_);
  join({}, {.window = 1024});
  client_->send(pattern(1'000'000));
  shard_.run_ready();
  pass(context_.settings.stall_limit - std::chrono::seconds(1));
  EXPECT_FALSE(outcome_);
  pass(context_.settings.stall_limit);
  ASSERT_TRUE(outcome_);
  EXPECT_TRUE(outcome_->over_budget);
  EXPECT_EQ(outcome_->end, "memory budget");
}

TEST_F(SlowReaderTest, what_the_sink_took_and_does_not_get_rid_of_counts_as_well) {
  shard_.deadlines().fake_clock();
  const auto others = crowd(shard_, budget_);
  join({}, {.window = 1024 * 1024});
  target_end_->hold();
  client_->send(pattern(60'000));
  client_->half_close();
  shard_.run_ready();
  ASSERT_EQ(client_->unsent(), 0u);
  pass(2 * context_.settings.stall_limit);
  ASSERT_TRUE(outcome_);
  EXPECT_TRUE(outcome_->over_budget);
}

TEST_F(SlowReaderTest, over_the_budget_a_slow_reader_gets_every_byte) {
  shard_.deadlines().fake_clock();
  const auto others = crowd(shard_, budget_);
  const std::string sent = pattern(100'000);
  join({}, {.window = 1024});
  client_->send(sent);
  std::string taken;
  while (taken.size() < sent.size()) {
    pass(context_.settings.stall_limit - std::chrono::seconds(3));
    BufferQueue piece;
    ASSERT_TRUE(target_->try_read(piece, {.limit = 1024})) << taken.size();
    std::string text(piece.size(), '\0');
    piece.peek(std::as_writable_bytes(std::span(text)));
    taken += text;
  }
  EXPECT_TRUE(taken == sent);
}

TEST_F(SlowReaderTest,
       a_tunnel_that_delivers_nothing_is_kept_while_there_is_memory_or_it_holds_no_more_than_its_share) {
  shard_.deadlines().fake_clock();
  join({}, {.window = 1024});
  client_->send(pattern(1'000'000));
  pass(std::chrono::minutes(1));
  EXPECT_FALSE(outcome_) << "there is memory";
  const auto others = crowd(shard_, budget_);
  pass(context_.settings.stall_limit);
  EXPECT_TRUE(outcome_) << "it was forgotten while there was memory";

  outcome_.reset();
  join({}, {.window = 1024});
  client_->send(pattern(16'000));
  pass(std::chrono::minutes(1));
  EXPECT_FALSE(outcome_) << "it holds its share";
}

}  // namespace
}  // namespace konduit::relay
