#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "konduit/stream.hpp"

namespace konduit::testkit {

/// A stream that says who is at its other end, as that of a backend does.
class NamedStream final : public Stream {
 public:
  NamedStream(StreamPtr inner, std::string remote) : inner_(std::move(inner)), remote_(std::move(remote)) {}

  void observe(Observer* observer) override { inner_->observe(observer); }
  Result<std::size_t> try_read(BufferQueue& into, const ReadShape& shape) override {
    return inner_->try_read(into, shape);
  }
  Result<std::size_t> try_write(BufferQueue& from) override { return inner_->try_write(from); }
  bool half_close() override { return inner_->half_close(); }
  void close() override { inner_->close(); }
  void reset(ResetReason reason) override { inner_->reset(reason); }
  std::string_view remote() const override { return remote_; }

 private:
  const StreamPtr inner_;
  const std::string remote_;
};

}  // namespace konduit::testkit
