#include <gtest/gtest.h>

#include "konduit/testkit/stream_user.hpp"
#include "support/counted_allocations.hpp"
#include "tls_fixture.hpp"

namespace konduit::tls_test {
namespace {

/// Writes `total` bytes of the pattern to a stream and checks that what it reads is the same, all at once and without
/// keeping it.
class Duplex final : private Stream::Observer {
 public:
  Duplex(Shard& shard, StreamPtr stream, std::uint64_t total)
      : stream_(std::move(stream)),
        total_(total),
        source_(shard.pool().copy(std::string_view(testkit::pattern(kPeriod)))) {
    stream_->observe(this);
  }
  ~Duplex() { stream_->observe(nullptr); }

  void start() {
    on_writable();
    on_readable();
  }
  bool done() const { return sent_ == total_ && received_ == total_; }
  std::uint64_t received() const { return received_; }
  bool intact() const { return intact_; }

 private:
  static constexpr std::size_t kPeriod = 65'537;
  static constexpr std::size_t kPiece = 16 * 1024;

  void on_readable() override {
    for (;;) {
      const auto got = stream_->try_read(in_, {});
      if (!got) {
        intact_ = intact_ && would_block(got.error());
        return;
      }
      while (in_.count() > 0) {
        const Buffer piece = in_.pop_front();
        intact_ = intact_ && testkit::matches_pattern(piece.text(), received_ % kPeriod);
        received_ += piece.size();
      }
    }
  }
  void on_writable() override {
    while (sent_ < total_ || !out_.empty()) {
      while (out_.size() < 4 * kPiece && sent_ < total_) {
        const std::size_t from = sent_ % kPeriod;
        const auto size = std::min<std::uint64_t>({kPiece, kPeriod - from, total_ - sent_});
        out_.push_back(source_.slice(from, size));
        sent_ += size;
      }
      if (!stream_->try_write(out_) || !out_.empty()) return;
    }
  }
  void on_closed(error_code) override { intact_ = false; }

  StreamPtr stream_;
  const std::uint64_t total_;
  const Buffer source_;
  BufferQueue in_;
  BufferQueue out_;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
  bool intact_ = true;
};

class Transfer : public testing::Test {
 protected:
  explicit Transfer(testkit::MemoryStreamSettings inner = {.window = 256 * 1024}) : pair(shard, inner, inner) {}

  void connect(std::uint64_t bytes) {
    ASSERT_TRUE(pair.shake());
    server = std::make_unique<Duplex>(shard, std::move(pair.server.session().stream), bytes);
    client = std::make_unique<Duplex>(shard, std::move(pair.client.session().stream), bytes);
    server->start();
    client->start();
  }

  Shard shard;
  Pair pair;
  std::unique_ptr<Duplex> server;
  std::unique_ptr<Duplex> client;
};

TEST_F(Transfer, SixtyFourMebibytesBothWaysAtOnceArriveWhole) {
  connect(64 * 1024 * 1024);
  EXPECT_TRUE(testkit::run_until(shard, [&] { return server->done() && client->done(); }, std::chrono::seconds(100)));
  EXPECT_TRUE(server->intact() && client->intact());
}

TEST_F(Transfer, AllocatesNothingOnceItRuns) {
  connect(32 * 1024 * 1024);
  const auto reached = [&](std::uint64_t bytes) {
    return testkit::run_until(
        shard, [&] { return server->received() >= bytes && client->received() >= bytes; }, std::chrono::seconds(50));
  };
  ASSERT_TRUE(reached(8 * 1024 * 1024));
  const auto heap_before = test_support::allocations();
  const auto blocks_before = shard.pool().allocations();
  ASSERT_TRUE(reached(24 * 1024 * 1024));
  // The loop of the test and the streams in memory post a message a turn, which is not ours to count: what depends on
  // the number of records would be thousands.
  const auto records = 2 * 16 * 1024 * 1024 / 16'384;
  EXPECT_EQ(shard.pool().allocations(), blocks_before);
  RecordProperty("heap_allocations", static_cast<int>(test_support::allocations() - heap_before));
  EXPECT_LT(test_support::allocations() - heap_before, static_cast<std::uint64_t>(records) / 4);
}

class ByteByByte : public Transfer {
 protected:
  ByteByByte() : Transfer({.read_limit = 1, .write_limit = 1}) {}
};

TEST_F(ByteByByte, EverythingArrivesWholeAllTheSame) {
  connect(40'000);
  EXPECT_TRUE(testkit::run_until(shard, [&] { return server->done() && client->done(); }));
  EXPECT_TRUE(server->intact() && client->intact());
}

}  // namespace
}  // namespace konduit::tls_test
