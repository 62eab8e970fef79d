#pragma once

#include <cstddef>
#include <utility>

#include "konduit/buffer.hpp"
#include "konduit/shard.hpp"
#include "konduit/stream.hpp"

namespace konduit::test_support {

/// Writes blocks in the layout that the stream asks for, for ever.
class EndlessSource final : public Stream::Observer {
 public:
  EndlessSource(Shard& shard, StreamPtr stream) : shard_(shard), stream_(std::move(stream)) { stream_->observe(this); }
  void write() {
    const ReadShape shape = stream_->write_shape();
    for (;;) {
      while (queue_.size() < shape.limit) queue_.push_back(shard_.pool().allocate(shape.payload, shape.headroom));
      if (!stream_->try_write(queue_) || !queue_.empty()) return;
    }
  }

 private:
  void on_readable() override {}
  void on_writable() override { write(); }
  void on_closed(error_code) override {}

  Shard& shard_;
  StreamPtr stream_;
  BufferQueue queue_;
};

/// Reads whatever comes, and counts it.
class CountingSink final : public Stream::Observer {
 public:
  explicit CountingSink(StreamPtr stream) : stream_(std::move(stream)) {
    stream_->observe(this);
    on_readable();
  }
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  void on_readable() override {
    while (const auto read = stream_->try_read(queue_, {})) {
      bytes_ += *read;
      queue_.clear();
    }
  }
  void on_writable() override {}
  void on_closed(error_code) override {}

  StreamPtr stream_;
  BufferQueue queue_;
  std::size_t bytes_ = 0;
};

}  // namespace konduit::test_support
