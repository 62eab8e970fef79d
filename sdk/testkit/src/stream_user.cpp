#include "konduit/testkit/stream_user.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

namespace konduit::testkit {
namespace {

class Flag {
 public:
  explicit Flag(bool& flag) : flag_(flag), before_(std::exchange(flag, true)) {}
  ~Flag() { flag_ = before_; }
  Flag(const Flag&) = delete;
  Flag& operator=(const Flag&) = delete;

 private:
  bool& flag_;
  const bool before_;
};

constexpr std::size_t kPeriod = 65'537;

// Twice the period, so that every piece of up to one period is contiguous somewhere.
const std::string& period() {
  static const std::string bytes = [] {
    std::string text(2 * kPeriod, '\0');
    std::uint32_t state = 0x2545f491;
    for (std::size_t i = 0; i < kPeriod; ++i) {
      state ^= state << 13;
      state ^= state >> 17;
      state ^= state << 5;
      text[i] = text[i + kPeriod] = static_cast<char>(state);
    }
    return text;
  }();
  return bytes;
}

}  // namespace

std::string pattern(std::size_t size, std::size_t offset) {
  std::string bytes;
  bytes.reserve(size);
  while (bytes.size() < size) {
    bytes.append(period(), (offset + bytes.size()) % kPeriod, std::min(size - bytes.size(), kPeriod));
  }
  return bytes;
}

bool matches_pattern(std::string_view bytes, std::size_t offset) {
  while (!bytes.empty()) {
    const auto part = std::min(bytes.size(), kPeriod);
    if (std::memcmp(bytes.data(), period().data() + offset % kPeriod, part) != 0) return false;
    bytes.remove_prefix(part);
    offset += part;
  }
  return true;
}

StreamUser::StreamUser(Shard& shard, StreamPtr stream) : shard_(shard), stream_(std::move(stream)) { observe(true); }

StreamUser::~StreamUser() { destroy(); }

void StreamUser::observe(bool watch) {
  const Flag flag(in_call_);
  stream_->observe(watch ? this : nullptr);
}

Result<std::size_t> StreamUser::try_read(BufferQueue& into, const ReadShape& shape) {
  const Flag flag(in_call_);
  const auto before = into.size();
  auto result = stream_->try_read(into, shape);
  if (result) {
    EXPECT_GT(*result, 0u) << "a read of nothing is would_block";
    EXPECT_EQ(into.size(), before + *result);
  } else {
    EXPECT_EQ(into.size(), before) << "an error came together with bytes";
    read_armed_ |= would_block(result.error());
  }
  return result;
}

Result<std::size_t> StreamUser::try_write(BufferQueue& from) {
  const Flag flag(in_call_);
  const auto before = from.size();
  auto result = stream_->try_write(from);
  if (result) {
    EXPECT_EQ(from.size(), before - *result);
    write_armed_ |= !from.empty();
  } else {
    EXPECT_EQ(from.size(), before) << "an error came although bytes were taken";
    write_armed_ |= would_block(result.error());
  }
  return result;
}

bool StreamUser::half_close() {
  const Flag flag(in_call_);
  return stream_->half_close();
}

void StreamUser::close() {
  const Flag flag(in_call_);
  read_armed_ = write_armed_ = false;
  stream_->close();
}

void StreamUser::reset(ResetReason reason) {
  const Flag flag(in_call_);
  read_armed_ = write_armed_ = false;
  stream_->reset(reason);
}

void StreamUser::destroy() {
  const Flag flag(in_call_);
  stream_.reset();
}

void StreamUser::send(std::string_view text) {
  while (!text.empty()) {
    const auto part = std::min(text.size(), BlockPool::kRecord);
    unsent_.push_back(shard_.pool().copy(text.substr(0, part)));
    text.remove_prefix(part);
  }
  pump_writes();
}

void StreamUser::receive() {
  receiving_ = true;
  pump_reads();
}

void StreamUser::pump_reads() {
  BufferQueue bytes;
  while (stream_ && !read_end_) {
    auto result = try_read(bytes);
    while (bytes.count() > 0) received_ += bytes.pop_front().text();
    if (result) continue;
    if (!would_block(result.error())) read_end_ = result.error();
    return;
  }
}

void StreamUser::pump_writes() {
  while (stream_ && !unsent_.empty()) {
    auto result = try_write(unsent_);
    if (!result && !would_block(result.error())) write_end_ = result.error();
    if (!result) return;
    if (!unsent_.empty()) return;
  }
}

void StreamUser::expect_outside(const char* callback) const {
  EXPECT_FALSE(in_call_) << callback << " came from inside a call into the stream";
}

void StreamUser::on_readable() {
  expect_outside("on_readable");
  EXPECT_TRUE(read_armed_) << "on_readable came although no try_read() had said would_block";
  read_armed_ = false;
  ++readables_;
  if (receiving_) pump_reads();
  if (when_readable) when_readable();
}

void StreamUser::on_writable() {
  expect_outside("on_writable");
  EXPECT_TRUE(write_armed_) << "on_writable came although no try_write() had left bytes";
  write_armed_ = false;
  ++writables_;
  pump_writes();
  if (when_writable) when_writable();
}

void StreamUser::on_closed(error_code reason) {
  expect_outside("on_closed");
  EXPECT_EQ(++closes_, 1u) << "on_closed came twice";
  close_reason_ = reason;
  if (when_closed) when_closed();
}

}  // namespace konduit::testkit
