#pragma once

#include <algorithm>
#include <utility>

#include <konduit/stream.hpp>

namespace socks5 {

/// A client's stream behind bytes that came with its request: they are read first. Only who speaks before it is
/// answered pays for it.
class EarlyStream final : public konduit::Stream {
 public:
  EarlyStream(konduit::StreamPtr inner, konduit::BufferQueue early)
      : inner_(std::move(inner)), early_(std::move(early)) {}

  konduit::Result<std::size_t> try_read(konduit::BufferQueue& into, const konduit::ReadShape& shape) override {
    if (early_.empty()) return inner_->try_read(into, shape);
    const std::size_t count = std::min<std::size_t>(early_.size(), std::max<std::uint32_t>(shape.limit, 1));
    early_.move_to(into, count);
    return count;
  }
  void observe(Observer* observer) override { inner_->observe(observer); }
  konduit::Result<std::size_t> try_write(konduit::BufferQueue& from) override { return inner_->try_write(from); }
  bool half_close() override { return inner_->half_close(); }
  void close() override {
    early_.clear();
    inner_->close();
  }
  void reset(konduit::ResetReason reason) override {
    early_.clear();
    inner_->reset(reason);
  }
  konduit::ReadShape write_shape() const override { return inner_->write_shape(); }
  std::size_t queued() const override { return inner_->queued(); }
  std::size_t unread() const override { return early_.size() + inner_->unread(); }
  std::optional<std::size_t> unread_by_peer() const override { return inner_->unread_by_peer(); }
  std::optional<konduit::Delivery> delivery() const override { return inner_->delivery(); }
  std::string_view remote() const override { return inner_->remote(); }

 private:
  konduit::StreamPtr inner_;
  konduit::BufferQueue early_;
};

}  // namespace socks5
