#include "recording.hpp"

#include <span>
#include <utility>

namespace konduit::conformance {
namespace {

class RecordedStream final : public Stream {
 public:
  RecordedStream(StreamPtr inner, std::string& said) : inner_(std::move(inner)), said_(said) {}

  void observe(Observer* observer) override { inner_->observe(observer); }
  Result<std::size_t> try_read(BufferQueue& into, const ReadShape& shape) override {
    return inner_->try_read(into, shape);
  }
  Result<std::size_t> try_write(BufferQueue& from) override {
    std::string offered(from.size() < kMost ? from.size() : kMost, '\0');
    from.peek(std::as_writable_bytes(std::span(offered)));
    const auto taken = inner_->try_write(from);
    if (taken && said_.size() < kMost) said_.append(offered, 0, *taken);
    return taken;
  }
  bool half_close() override { return inner_->half_close(); }
  void close() override { inner_->close(); }
  void reset(ResetReason reason) override { inner_->reset(reason); }
  ReadShape write_shape() const override { return inner_->write_shape(); }
  std::size_t queued() const override { return inner_->queued(); }
  std::optional<std::size_t> unread_by_peer() const override { return inner_->unread_by_peer(); }
  std::optional<Delivery> delivery() const override { return inner_->delivery(); }
  std::size_t unread() const override { return inner_->unread(); }
  std::string_view remote() const override { return inner_->remote(); }

 private:
  static constexpr std::size_t kMost = 64 * 1024;  // what anybody says before a tunnel is there

  const StreamPtr inner_;
  std::string& said_;
};

class RecordingConnector final : public Connector {
 public:
  RecordingConnector(std::shared_ptr<Connector> inner, std::string& said) : inner_(std::move(inner)), said_(said) {}

  awaitable<boost::system::result<Connection, Failure>> connect(Shard& shard, std::string url,
                                                                TimePoint deadline) override {
    auto connected = co_await inner_->connect(shard, std::move(url), deadline);
    if (connected) connected->stream = std::make_unique<RecordedStream>(std::move(connected->stream), said_);
    co_return connected;
  }

 private:
  const std::shared_ptr<Connector> inner_;
  std::string& said_;
};

}  // namespace

std::shared_ptr<Connector> recording(std::shared_ptr<Connector> connector, std::string& said) {
  return std::make_shared<RecordingConnector>(std::move(connector), said);
}

}  // namespace konduit::conformance
