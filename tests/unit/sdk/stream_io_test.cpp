#include "konduit/stream_io.hpp"

#include <gtest/gtest.h>
#include <boost/asio/error.hpp>

#include <memory>
#include <string>

#include "konduit/event.hpp"
#include "konduit/shard.hpp"
#include "konduit/testkit/memory_stream.hpp"
#include "konduit/testkit/run.hpp"
#include "konduit/testkit/stream_user.hpp"

namespace konduit {
namespace {

using namespace std::chrono_literals;
using testkit::MemoryStream;

std::string text_of(const BufferQueue& queue) {
  std::string text(queue.size(), '\0');
  queue.peek(std::as_writable_bytes(std::span(text)));
  return text;
}

class StreamIoTest : public testing::Test {
 protected:
  StreamIoTest() {
    shard_.deadlines().fake_clock();
    auto ends = MemoryStream::make_pair(shard_);
    stream_ = std::move(ends.first);
    memory_ = ends.second.get();
    peer_ = std::make_unique<testkit::StreamUser>(shard_, std::move(ends.second));
  }
  ~StreamIoTest() override {
    tasks_.cancel();
    shard_.run_ready();
  }

  Shard shard_;
  std::unique_ptr<MemoryStream> stream_;
  std::unique_ptr<testkit::StreamUser> peer_;
  MemoryStream* memory_ = nullptr;
  TaskGroup tasks_{shard_};
};

awaitable<void> read_into(StreamIo* io, BufferQueue* into, TimePoint deadline,
                          std::optional<Result<std::size_t>>* out) {
  out->emplace(co_await io->read_some(*into, deadline));
}

awaitable<void> write_from(StreamIo* io, BufferQueue* from, TimePoint deadline, std::optional<Result<void>>* out) {
  out->emplace(co_await io->write_all(*from, deadline));
}

TEST_F(StreamIoTest, ReadsWhatComes) {
  StreamIo io(shard_, *stream_);
  BufferQueue bytes;
  std::optional<Result<std::size_t>> result;
  tasks_.spawn(read_into(&io, &bytes, TimePoint::max(), &result));
  shard_.run_ready();
  EXPECT_FALSE(result);
  peer_->send("hello");
  shard_.run_ready();
  ASSERT_TRUE(result && result->has_value());
  EXPECT_EQ(text_of(bytes), "hello");
}

TEST_F(StreamIoTest, ATimedOutReadLeavesTheStreamUsable) {
  StreamIo io(shard_, *stream_);
  BufferQueue bytes;
  std::optional<Result<std::size_t>> result;
  tasks_.spawn(read_into(&io, &bytes, shard_.now() + 1s, &result));
  shard_.run_ready();
  shard_.deadlines().advance(1s);
  shard_.run_ready();
  ASSERT_TRUE(result && result->has_error());
  EXPECT_EQ(result->error(), StreamErrc::timed_out);

  result.reset();
  tasks_.spawn(read_into(&io, &bytes, shard_.now() + 1s, &result));
  shard_.run_ready();
  peer_->send("late but fine");
  shard_.run_ready();
  ASSERT_TRUE(result && result->has_value());
  EXPECT_EQ(text_of(bytes), "late but fine");
}

TEST_F(StreamIoTest, EndOfStreamAndResetAreResults) {
  StreamIo io(shard_, *stream_);
  BufferQueue bytes;
  peer_->half_close();
  shard_.run_ready();
  auto read = testkit::await(shard_, io.read_some(bytes, TimePoint::max()));
  ASSERT_TRUE(read.has_error());
  EXPECT_EQ(read.error(), StreamErrc::end_of_stream);
  peer_->reset();
  EXPECT_EQ(testkit::await(shard_, io.closed(TimePoint::max())), StreamErrc::reset);
}

TEST_F(StreamIoTest, WritesEverythingThroughANarrowWindow) {
  auto ends = MemoryStream::make_pair(shard_, {.window = 10, .write_limit = 3});
  testkit::StreamUser reader(shard_, std::move(ends.second));
  reader.receive();
  StreamIo io(shard_, *ends.first);
  const auto sent = testkit::pattern(1000);
  BufferQueue bytes;
  bytes.push_back(shard_.pool().copy(sent));
  ASSERT_TRUE(testkit::await(shard_, io.write_all(bytes, TimePoint::max())).has_value());
  shard_.run_ready();
  EXPECT_TRUE(reader.received() == sent);
}

TEST_F(StreamIoTest, DropsWhatStillComesUntilTheEndOfTheStream) {
  StreamIo io(shard_, *stream_);
  peer_->send(testkit::pattern(50'000));
  ASSERT_TRUE(peer_->half_close());
  EXPECT_EQ(testkit::await(shard_, io.drop_rest(1'000'000, TimePoint::max())), StreamErrc::end_of_stream);
  EXPECT_EQ(shard_.pool().in_use(), 0u) << "what is dropped must not be kept";
}

TEST_F(StreamIoTest, DropsWhatStillComesUntilItsDeadline) {
  StreamIo io(shard_, *stream_);
  std::optional<error_code> result;
  tasks_.spawn(testkit::store_result(io.drop_rest(1'000'000, shard_.now() + 1s), &result));
  peer_->send(testkit::pattern(200'000));
  shard_.run_ready();
  EXPECT_EQ(peer_->unsent(), 0u) << "it must go on reading";
  EXPECT_EQ(shard_.pool().in_use(), 0u);
  EXPECT_FALSE(result);
  shard_.deadlines().advance(1s);
  shard_.run_ready();
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, StreamErrc::timed_out);
}

TEST_F(StreamIoTest, DropsNoMoreThanItIsTold) {
  auto ends = MemoryStream::make_pair(shard_, {}, {.window = 1000});
  testkit::StreamUser sender(shard_, std::move(ends.second));
  StreamIo io(shard_, *ends.first);
  sender.send(testkit::pattern(10'000));
  EXPECT_FALSE(testkit::await(shard_, io.drop_rest(3000, TimePoint::max())));
  BufferQueue next;
  ASSERT_TRUE(testkit::await(shard_, io.read_some(next, TimePoint::max())).has_value());
  EXPECT_TRUE(testkit::matches_pattern(text_of(next), 3000));
}

TEST_F(StreamIoTest, ACancellationThatMeetsTheWakeUpIsNotForgotten) {
  auto [stream, far] = MemoryStream::make_pair(shard_, {.window = 10});
  StreamIo io(shard_, *stream);
  BufferQueue bytes;
  bytes.push_back(shard_.pool().copy(std::string(1000, 'x')));
  std::optional<Result<void>> result;
  tasks_.spawn(write_from(&io, &bytes, TimePoint::max(), &result));
  shard_.run_ready();
  BufferQueue taken;
  ASSERT_TRUE(far->try_read(taken, {}));
  // Behind the step that wakes the writer, and in front of the writer.
  asio::post(shard_.context(), [this] { tasks_.cancel(); });
  shard_.run_ready();
  ASSERT_TRUE(result && result->has_error()) << "it waits on";
  EXPECT_EQ(result->error(), asio::error::operation_aborted);
}

TEST_F(StreamIoTest, AWriterThatWaitsLearnsThatThePeerIsGone) {
  StreamIo io(shard_, *stream_);
  BufferQueue bytes;
  bytes.push_back(shard_.pool().copy(testkit::pattern(200'000)));
  std::optional<Result<void>> result;
  tasks_.spawn(write_from(&io, &bytes, TimePoint::max(), &result));
  shard_.run_ready();
  EXPECT_FALSE(result);
  peer_->close();
  shard_.run_ready();
  ASSERT_TRUE(result && result->has_error());
  EXPECT_EQ(result->error(), StreamErrc::hangup);
}

TEST_F(StreamIoTest, ClosedTellsTheReasonOfItsOwnClose) {
  StreamIo io(shard_, *stream_);
  stream_->close();
  EXPECT_FALSE(testkit::await(shard_, io.closed(TimePoint::max())));
  EXPECT_FALSE(testkit::await(shard_, io.closed(TimePoint::max()))) << "the reason must stay known";
}

TEST_F(StreamIoTest, ItsEndResumesWhoeverWaits) {
  auto io = std::make_unique<StreamIo>(shard_, *stream_);
  BufferQueue bytes;
  std::optional<Result<std::size_t>> result;
  tasks_.spawn(read_into(io.get(), &bytes, TimePoint::max(), &result));
  shard_.run_ready();
  io.reset();
  shard_.run_ready();
  ASSERT_TRUE(result && result->has_error());
  EXPECT_EQ(result->error(), asio::error::operation_aborted);
}

/// Asks in pieces and reads the echo.
class EchoScenario final : public testkit::CancelScenario {
 public:
  explicit EchoScenario(Shard& shard) : shard_(shard) {
    auto ends = MemoryStream::make_pair(shard, {.window = 4}, {.window = 4});
    stream_ = std::move(ends.first);
    echo_ = std::make_unique<testkit::StreamUser>(shard, std::move(ends.second));
    echo_->receive();
  }

  awaitable<void> operation() override {
    StreamIo io(shard_, *stream_);
    BufferQueue out, in;
    out.push_back(shard_.pool().copy("question"));
    const auto written = co_await io.write_all(out, TimePoint::max());
    if (!written) co_return note(written.error());
    while (in.size() < 8) {
      const auto read = co_await io.read_some(in, TimePoint::max());
      if (!read) co_return note(read.error());
    }
    answered_ = text_of(in) == "question";
  }

  void step() override {
    const auto& received = echo_->received();
    if (received.size() > echoed_) echo_->send(std::string_view(received).substr(echoed_));
    echoed_ = received.size();
  }

  void check(bool cancelled) override {
    EXPECT_TRUE(cancelled || answered_);
    if (!answered_) {
      EXPECT_EQ(error_, asio::error::operation_aborted);
    }
    testkit::StreamUser after(shard_, std::move(stream_));
    after.receive();
    after.send("!");
    EXPECT_TRUE(testkit::run_until(shard_, [&] {
      step();
      return echo_->received() == "question!" || !echo_->received().ends_with("question");
    })) << "the stream is not usable any more";
  }

 private:
  void note(const error_code& error) { error_ = error; }

  Shard& shard_;
  std::unique_ptr<MemoryStream> stream_;
  std::unique_ptr<testkit::StreamUser> echo_;
  std::size_t echoed_ = 0;
  bool answered_ = false;
  error_code error_;
};

TEST(StreamIoCancellation, IsCleanAtEveryStep) {
  const auto places = testkit::cancel_at_every_step([](Shard& shard) { return std::make_unique<EchoScenario>(shard); });
  EXPECT_GE(places, 5u);
}

}  // namespace
}  // namespace konduit
