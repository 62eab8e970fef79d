#include "relay/relay.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "relay_fixture.hpp"

namespace konduit::relay {
namespace {

using testkit::MemoryStream;
using testkit::pattern;
using testkit::run_until;

using RelayTest = RelayFixture;

TEST_F(RelayTest, carries_bytes_both_ways_and_ends_when_both_sides_have_finished) {
  join();
  const std::string up = pattern(3'000'000);
  const std::string down = pattern(2'000'000, 17);
  client_->receive();
  target_->receive();
  client_->send(up);
  target_->send(down);
  ASSERT_TRUE(run_until(
      shard_, [&] { return target_->received().size() == up.size() && client_->received().size() == down.size(); }));
  EXPECT_EQ(target_->received(), up);
  EXPECT_EQ(client_->received(), down);
  EXPECT_TRUE(client_->half_close());
  EXPECT_TRUE(target_->half_close());
  ASSERT_TRUE(ended());
  EXPECT_EQ(outcome_->bytes_to_target, up.size());
  EXPECT_EQ(outcome_->bytes_to_client, down.size());
  EXPECT_EQ(outcome_->end, "closed");
  EXPECT_EQ(metrics_.counted("to_target"), up.size());
}

TEST_F(RelayTest, passes_an_end_of_stream_on_and_keeps_the_other_direction_open) {
  join();
  client_->receive();
  target_->receive();
  client_->send("question");
  ASSERT_TRUE(run_until(shard_, [&] { return target_->received() == "question"; }));
  client_->half_close();
  ASSERT_TRUE(run_until(shard_, [&] { return end_of_stream(target_->read_end()); }));
  EXPECT_FALSE(outcome_);
  target_->send("a late answer");
  ASSERT_TRUE(run_until(shard_, [&] { return client_->received() == "a late answer"; }));
  target_->half_close();
  ASSERT_TRUE(ended());
  EXPECT_TRUE(end_of_stream(client_->read_end()));
}

TEST_F(RelayTest, keeps_every_byte_when_the_sink_takes_one_at_a_time) {
  join({.window = 7, .write_limit = 1}, {.window = 5, .read_limit = 3, .write_limit = 1});
  client_->receive();
  target_->receive();
  const std::string bytes = pattern(5'000);
  client_->send(bytes);
  target_->send(bytes);
  ASSERT_TRUE(run_until(shard_, [&] { return target_->received() == bytes && client_->received() == bytes; }));
}

TEST_F(RelayTest, reads_no_more_than_one_piece_ahead_of_a_sink_that_does_not_take) {
  join({}, {.window = 1024});
  client_->send(pattern(4'000'000));
  run_until(shard_, [] { return false; }, std::chrono::milliseconds(20));
  const std::size_t unsent = client_->unsent();
  EXPECT_GT(unsent, 3'000'000u) << "the relay kept reading although nobody reads the target";
  target_->receive();
  ASSERT_TRUE(run_until(shard_, [&] { return target_->received().size() == 4'000'000; }));
  EXPECT_EQ(target_->received(), pattern(4'000'000));
}

TEST_F(RelayTest, delivers_what_a_client_sent_before_it_went_away) {
  join({}, {.window = 4096});
  const std::string bytes = pattern(60'000);
  client_->send(bytes);
  ASSERT_TRUE(run_until(shard_, [&] { return client_->unsent() == 0; }));
  client_->close();
  target_->receive();
  ASSERT_TRUE(run_until(shard_, [&] { return target_->received().size() == bytes.size(); }));
  EXPECT_EQ(target_->received(), bytes);
  target_->half_close();
  ASSERT_TRUE(ended());
}

TEST_F(RelayTest, ends_at_once_when_the_client_takes_no_more_and_has_nothing_to_say) {
  join();
  target_->receive();
  client_->close();
  ASSERT_TRUE(ended()) << "the target never said anything, and nobody would hear it";
  EXPECT_TRUE(end_of_stream(target_->read_end()));
}

TEST_F(RelayTest, resets_the_target_when_the_client_broke_off) {
  join();
  client_->send("half of it");
  target_->receive();
  ASSERT_TRUE(run_until(shard_, [&] { return target_->received() == "half of it"; }));
  client_->reset();
  ASSERT_TRUE(ended());
  EXPECT_EQ(outcome_->end, "client reset");
  ASSERT_TRUE(run_until(shard_, [&] { return bool(target_->read_end()); }));
  EXPECT_FALSE(end_of_stream(target_->read_end())) << "a part was passed off as the whole";
}

TEST_F(RelayTest, names_the_client_that_broke_off_before_anything_was_relayed) {
  join();
  client_end_->fail_read_after(0, StreamErrc::reset);
  ASSERT_TRUE(ended());
  EXPECT_EQ(outcome_->end, "client reset");
}

TEST_F(RelayTest, gives_the_answer_a_grace_period_where_the_end_of_stream_cannot_be_said) {
  shard_.deadlines().fake_clock();
  join({}, {.can_half_close = false});
  client_->receive();
  target_->receive();
  client_->send("question");
  client_->half_close();
  ASSERT_TRUE(run_until(shard_, [&] { return target_->received() == "question"; }));
  shard_.run_ready();
  shard_.deadlines().advance(std::chrono::seconds(4));
  shard_.run_ready();
  EXPECT_FALSE(outcome_);
  target_->send("answer");
  ASSERT_TRUE(run_until(shard_, [&] { return client_->received() == "answer"; }));
  shard_.deadlines().advance(std::chrono::seconds(4));
  shard_.run_ready();
  EXPECT_FALSE(outcome_) << "the answer made progress";
  for (int i = 0; i != 3; ++i) {
    shard_.deadlines().advance(std::chrono::seconds(5));
    shard_.run_ready();
  }
  ASSERT_TRUE(outcome_);
  EXPECT_EQ(outcome_->end, "half-closed timeout");
}

TEST_F(RelayTest, closes_behind_the_last_byte_where_the_client_cannot_be_told_that_the_target_finished) {
  shard_.deadlines().fake_clock();
  join({.can_half_close = false});
  client_->receive();
  target_->send("the whole answer");
  target_->half_close();
  ASSERT_TRUE(ended()) << "no time may pass before the client learns of the end";
  EXPECT_EQ(client_->received(), "the whole answer");
  EXPECT_TRUE(end_of_stream(client_->read_end()));
}

TEST_F(RelayTest, gives_up_on_a_stream_that_never_finishes_closing) {
  shard_.deadlines().fake_clock();
  join();
  client_->receive();
  target_->receive();
  target_end_->hold();
  client_->send("never delivered");
  client_->half_close();
  target_->half_close();
  shard_.run_ready();
  EXPECT_FALSE(outcome_);
  for (int i = 0; i != 3 && !outcome_; ++i) {
    shard_.deadlines().advance(std::chrono::seconds(31));
    shard_.run_ready();
  }
  ASSERT_TRUE(outcome_);
  EXPECT_EQ(outcome_->end, "close timeout");
}

TEST_F(RelayTest, waits_for_a_target_that_takes_its_bytes_late) {
  shard_.deadlines().fake_clock();
  join({}, {.window = 16});
  client_->receive();
  client_->send("more than the window holds, and nobody reads it");
  client_->half_close();
  target_->half_close();
  for (int i = 0; i != 5; ++i) {
    shard_.run_ready();
    shard_.deadlines().advance(std::chrono::seconds(60));
  }
  EXPECT_FALSE(outcome_) << "only a stream that is closed has a deadline";
  target_->receive();
  ASSERT_TRUE(ended());
  EXPECT_EQ(target_->received(), "more than the window holds, and nobody reads it");
  EXPECT_EQ(outcome_->end, "closed");
}

TEST_F(RelayTest, resets_both_streams_and_stays_silent_when_it_is_cut) {
  join();
  client_->receive();
  target_->receive();
  relay_->reset(ResetReason::timed_out);
  relay_.reset();
  shard_.run_ready();
  EXPECT_FALSE(outcome_);
  EXPECT_TRUE(client_->read_end());
  EXPECT_TRUE(target_->read_end());
}

TEST_F(RelayTest, may_be_destroyed_by_its_owner_when_it_ends) {
  struct Destroyer final : Relay::Owner {
    explicit Destroyer(std::optional<Relay>& its_relay) : relay(its_relay) {}
    void on_relay_end(const RelayOutcome&) override { relay.reset(); }
    std::optional<Relay>& relay;
  } destroyer(relay_);
  auto [client_user, client_end] = MemoryStream::make_pair(shard_);
  auto [target_end, target_user] = MemoryStream::make_pair(shard_);
  client_.emplace(shard_, std::move(client_user));
  target_.emplace(shard_, std::move(target_user));
  relay_.emplace(context_, std::move(client_end), std::move(target_end), destroyer);
  relay_->start();
  client_->half_close();
  target_->half_close();
  EXPECT_TRUE(run_until(shard_, [&] { return !relay_; }));
}

TEST_F(RelayTest, a_silent_tunnel_is_closed_when_its_time_has_passed_and_bytes_give_it_more) {
  shard_.deadlines().fake_clock();
  context_.settings.idle_timeout = std::chrono::seconds(10);
  join();
  target_->receive();
  shard_.run_ready();
  shard_.deadlines().advance(std::chrono::seconds(8));
  client_->send("still here");
  ASSERT_TRUE(run_until(shard_, [&] { return target_->received() == "still here"; }));
  shard_.deadlines().advance(std::chrono::seconds(3));
  shard_.run_ready();
  EXPECT_FALSE(outcome_);
  shard_.deadlines().advance(std::chrono::seconds(10));
  ASSERT_TRUE(ended());
  EXPECT_EQ(outcome_->end, "idle timeout");
}

TEST_F(RelayTest, a_tunnel_is_never_too_silent_by_default) {
  shard_.deadlines().fake_clock();
  join();
  shard_.run_ready();
  shard_.deadlines().advance(std::chrono::hours(1000));
  shard_.run_ready();
  EXPECT_FALSE(outcome_);
  relay_->reset(ResetReason::cancelled);
}

TEST_F(RelayTest, a_half_closed_tunnel_may_be_silent_for_its_own_time) {
  shard_.deadlines().fake_clock();
  context_.settings.half_closed_timeout = std::chrono::seconds(60);
  join();
  target_->receive();
  client_->send("question");
  client_->half_close();
  ASSERT_TRUE(run_until(shard_, [&] { return end_of_stream(target_->read_end()); }));
  shard_.deadlines().advance(std::chrono::seconds(59));
  shard_.run_ready();
  EXPECT_FALSE(outcome_);
  shard_.deadlines().advance(std::chrono::seconds(2));
  ASSERT_TRUE(ended());
  EXPECT_EQ(outcome_->end, "half-closed timeout");
}

TEST_F(RelayTest, a_client_that_has_gone_does_not_keep_a_tunnel_whose_target_takes_nothing) {
  shard_.deadlines().fake_clock();
  context_.settings.half_closed_timeout = std::chrono::seconds(60);
  join({}, {.window = 1000});
  client_->send(pattern(5000));
  shard_.run_ready();
  client_end_->hang_up();
  shard_.run_ready();
  shard_.deadlines().advance(context_.settings.close_grace - std::chrono::seconds(1));
  shard_.run_ready();
  EXPECT_FALSE(outcome_);
  shard_.deadlines().advance(std::chrono::seconds(1));
  ASSERT_TRUE(ended());
  EXPECT_EQ(outcome_->end, "close timeout");
}

TEST_F(RelayTest, a_client_that_went_after_its_end_of_stream_does_not_keep_a_tunnel_either) {
  shard_.deadlines().fake_clock();
  join({}, {.window = 1000});
  client_->send(pattern(5000));
  client_->half_close();
  shard_.run_ready();
  client_end_->hang_up();
  shard_.run_ready();
  shard_.deadlines().advance(context_.settings.close_grace);
  ASSERT_TRUE(ended());
}

TEST_F(RelayTest, what_a_client_sent_before_it_went_reaches_a_target_however_slowly_it_reads) {
  shard_.deadlines().fake_clock();
  const std::string sent = pattern(5000);
  join({}, {.window = 100});
  client_->send(sent);
  shard_.run_ready();
  client_end_->hang_up();
  std::string taken;
  for (int i = 0; i < 50; ++i) {
    shard_.run_ready();
    shard_.deadlines().advance(context_.settings.close_grace - std::chrono::seconds(1));
    shard_.run_ready();
    BufferQueue piece;
    ASSERT_TRUE(target_->try_read(piece, {.limit = 100})) << i;
    std::string text(piece.size(), '\0');
    piece.peek(std::as_writable_bytes(std::span(text)));
    taken += text;
  }
  EXPECT_TRUE(taken == sent);
}

}  // namespace
}  // namespace konduit::relay
