#include "errand.hpp"

#include <stdexcept>
#include <string>
#include <utility>

namespace konduit::bench {

namespace {

using Clock = Latencies::Clock;

/// What uploads are made of.
std::span<const char> filling() {
  static const std::vector<char> memory(Pattern::kPiece, 'k');
  return memory;
}

std::string order_and_request(std::size_t size) { return Order{.mode = Mode::echo}.encode() + std::string(size, 'k'); }

class Transfer final : public Errand {
 public:
  Transfer(WayIn& way, Tally& tally, Mode mode, std::size_t piece)
      : Errand(way, tally), mode_(mode), piece_(filling().first(piece)), order_(Order{.mode = mode}.encode()) {}

  void begin() override {
    send(order_);
    if (mode_ != Mode::download) tunnel_->keep_writable(true);
  }

  void on_bytes(std::span<const char> bytes) override {
    if (tally_.expected != nullptr && !tally_.expected->matches(received_, bytes)) {
      throw std::runtime_error("a tunnel brought wrong bytes behind " + std::to_string(received_));
    }
    received_ += bytes.size();
    tally_.bytes += bytes.size();
  }

  void on_writable() override {
    if (!sent()) return go_on_with_order();
    const std::size_t n = tunnel_->write(piece_.subspan(sent_));
    tally_.bytes += n;
    sent_ = (sent_ + n) % piece_.size();
  }

 private:
  void go_on_with_order() {
    Errand::on_writable();
    if (sent() && mode_ != Mode::download) tunnel_->keep_writable(true);
  }

  const Mode mode_;
  const std::span<const char> piece_;
  const std::string order_;
  std::uint64_t received_ = 0;
  std::size_t sent_ = 0;  // of the piece
};

class Requests final : public Errand {
 public:
  Requests(WayIn& way, Tally& tally, std::size_t size, bool once)
      : Errand(way, tally), size_(size), order_and_request_(order_and_request(size)), once_(once) {}

  void begin() override { ask(order_and_request_); }

  bool settled() const override { return !once_ || answered_; }

  void on_bytes(std::span<const char> bytes) override {
    if (bytes.size() > awaited_) throw std::runtime_error("an answer was longer than its request");
    awaited_ -= bytes.size();
    if (awaited_ != 0) return;
    answered_ = true;
    ++tally_.finished;
    tally_.latencies.add(Clock::now() - asked_);
    if (!once_) ask(std::span(order_and_request_).subspan(Order::kSize));
  }

 private:
  void ask(std::span<const char> bytes) {
    asked_ = Clock::now();
    awaited_ = size_;
    send(bytes);
  }

  const std::size_t size_;
  const std::string order_and_request_;
  const bool once_;
  bool answered_ = false;
  std::size_t awaited_ = 0;  // bytes of the answer still to come
  Clock::time_point asked_;
};

class Dials final : public Errand {
 public:
  Dials(WayIn& way, Tally& tally, std::size_t size, std::function<void(Errand&)> ended)
      : Errand(way, tally), size_(size), request_(order_and_request(size)), ended_(std::move(ended)) {}

  void begin() override {
    tunnel_.reset();
    awaited_ = size_;
    begun_ = Clock::now();
    dial();
  }

  void on_open() override {
    Errand::on_open();
    send(request_);
  }

  void on_bytes(std::span<const char> bytes) override {
    if (bytes.size() > awaited_) throw std::runtime_error("an answer was longer than its request");
    awaited_ -= bytes.size();
    if (awaited_ != 0) return;
    tally_.latencies.add(Clock::now() - begun_);
    if (tunnel_->close()) on_closed();
  }

  void on_closed() override {
    ++tally_.finished;
    ended_(*this);
  }

 private:
  const std::size_t size_;
  const std::string request_;
  const std::function<void(Errand&)> ended_;
  std::size_t awaited_ = 0;
  Clock::time_point begun_;
};

}  // namespace

void Errand::dial() {
  tunnel_ = way_.tunnel(*this);
  tunnel_->start();
}

void Errand::send(std::span<const char> bytes) {
  unsent_ = bytes.subspan(tunnel_->write(bytes));
  if (!sent()) tunnel_->keep_writable(true);
}

void Errand::on_writable() {
  unsent_ = unsent_.subspan(tunnel_->write(unsent_));
  if (sent()) tunnel_->keep_writable(false);
}

ErrandPtr transfer(WayIn& way, Tally& tally, Mode mode, std::size_t piece) {
  return std::make_unique<Transfer>(way, tally, mode, piece);
}

ErrandPtr requests(WayIn& way, Tally& tally, std::size_t size, bool once) {
  return std::make_unique<Requests>(way, tally, size, once);
}

ErrandPtr dials(WayIn& way, Tally& tally, std::size_t size, std::function<void(Errand&)> ended) {
  return std::make_unique<Dials>(way, tally, size, std::move(ended));
}

}  // namespace konduit::bench
