#include "transport-tcp/connect.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "konduit/event.hpp"
#include "konduit/shard.hpp"
#include "socket/options.hpp"
#include "socket/watch.hpp"

namespace konduit::transport_tcp {

namespace {

using asio::ip::tcp;
using Step = ConnectFailure::Step;

constexpr Duration kStagger = std::chrono::milliseconds(250);

/// One endpoint that is being connected to.
class Attempt final : private socket::Watch::Owner {
 public:
  enum class State : std::uint8_t { pending, connected, failed };

  Attempt(const tcp::endpoint& endpoint, Event& progress) : endpoint_(endpoint), progress_(progress) {}
  ~Attempt() {
    if (watch_) watch_->detach();
  }

  void start(Shard& shard) {
    descriptor_ = socket::FileDescriptor(
        ::socket(endpoint_.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
    if (!descriptor_) return fail(Step::socket, errno);
    const bool under_way =
        ::connect(descriptor_.get(), endpoint_.data(), static_cast<socklen_t>(endpoint_.size())) == 0 ||
        errno == EINPROGRESS || errno == EINTR;
    if (!under_way) return fail(Step::connect, errno);
    // Whoever is on this host has answered by now, and need not be waited for.
    if (answered(descriptor_.get())) return;
    error_code failure;
    watch_ = socket::Watch::make(shard.context(), std::move(descriptor_), *this, failure);
    if (!watch_) return fail(Step::socket, failure.value());
    watch_->arm(socket::Watch::write);
  }

  State state() const noexcept { return state_; }
  const ConnectFailure& failure() const noexcept { return failure_; }
  const tcp::endpoint& endpoint() const noexcept { return endpoint_; }
  socket::FileDescriptor take() noexcept { return watch_ ? watch_->release() : std::move(descriptor_); }

 private:
  void on_event(socket::Watch::Event) override {
    // A notice may be meant for an earlier owner of the number.
    if (!answered(watch_->descriptor())) return watch_->arm(socket::Watch::write);
    progress_.set();
  }

  /// True when it is known what has become of it. SO_ERROR alone does not tell: it is 0 also before the answer.
  bool answered(int descriptor) {
    pollfd now{.fd = descriptor, .events = POLLOUT, .revents = 0};
    if (::poll(&now, 1, 0) != 1) return false;
    const int number = now.revents == POLLOUT ? 0 : socket::take_socket_error(descriptor);
    if (number != 0) {
      fail(Step::connect, number);
    } else if (connected_to_itself(descriptor)) {
      fail(Step::connect, ECONNREFUSED);
    } else {
      state_ = State::connected;
    }
    return true;
  }

  /// A connect to a local port that nobody listens on succeeds when the system picks the same number for this end.
  bool connected_to_itself(int descriptor) const noexcept {
    tcp::endpoint own;
    socklen_t size = static_cast<socklen_t>(own.capacity());
    if (::getsockname(descriptor, own.data(), &size) != 0) return false;
    return own == endpoint_;
  }

  void fail(Step step, int number) {
    state_ = State::failed;
    failure_ = {step, number, endpoint_};
    descriptor_ = socket::FileDescriptor();
    if (watch_) watch_->release();
  }

  const tcp::endpoint endpoint_;
  Event& progress_;
  State state_ = State::pending;
  ConnectFailure failure_;
  socket::FileDescriptor descriptor_;  ///< Until it is watched.
  socket::WatchPtr watch_;
};

/// The word of a host that was reached weighs more than a missing route on the way to another one.
int weight(const ConnectFailure& failure) noexcept {
  switch (failure.number) {
    case EMFILE:
    case ENFILE: return 3;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EAFNOSUPPORT:
    case EADDRNOTAVAIL: return 1;
    default: return 2;
  }
}

class Race {
 public:
  Race(Shard& shard, std::vector<tcp::endpoint> endpoints)
      : progress(shard), shard_(shard), endpoints_(std::move(endpoints)) {}

  /// Looks at what has happened and starts what is due. True when it has ended.
  bool advance() {
    for (;;) {
      judge();
      if (winner_) return true;
      const bool more = started_ < endpoints_.size();
      if (!more) return running_.empty();
      if (!hurry_ && !running_.empty() && shard_.now() < next_start_) return false;
      start_next();
    }
  }
  TimePoint next_start() const noexcept { return started_ < endpoints_.size() ? next_start_ : TimePoint::max(); }

  boost::system::result<Connected, ConnectFailure> outcome() {
    if (winner_) return Connected{winner_->take(), winner_->endpoint()};
    return *failure_;
  }
  /// What to say when time is up: the first address that did not answer.
  ConnectFailure given_up(Step step) const {
    return {step, 0, running_.empty() ? endpoints_.front() : running_.front()->endpoint()};
  }

  Event progress;

 private:
  void judge() {
    hurry_ = false;
    for (auto& attempt : running_) {
      if (attempt->state() == Attempt::State::connected) {
        winner_ = std::move(attempt);
        running_.clear();
        return;
      }
      if (attempt->state() == Attempt::State::failed) {
        if (!failure_ || weight(attempt->failure()) > weight(*failure_)) failure_ = attempt->failure();
        attempt.reset();
        hurry_ = true;
      }
    }
    std::erase(running_, nullptr);
  }

  void start_next() {
    running_.push_back(std::make_unique<Attempt>(endpoints_[started_++], progress));
    running_.back()->start(shard_);
    next_start_ = shard_.now() + kStagger;
  }

  Shard& shard_;
  const std::vector<tcp::endpoint> endpoints_;
  std::size_t started_ = 0;
  TimePoint next_start_{};
  bool hurry_ = false;
  std::vector<std::unique_ptr<Attempt>> running_;
  std::unique_ptr<Attempt> winner_;
  std::optional<ConnectFailure> failure_;
};

}  // namespace

void throw_exception_from_error(const ConnectFailure&, const boost::source_location&) {
  throw std::runtime_error("no connection came about");
}

awaitable<boost::system::result<Connected, ConnectFailure>> connect_first(Shard& shard,
                                                                          std::vector<tcp::endpoint> endpoints,
                                                                          TimePoint deadline) {
  Race race(shard, std::move(endpoints));
  while (!race.advance()) {
    race.progress.clear();
    const error_code woken = co_await race.progress.wait(std::min(race.next_start(), deadline));
    if (!woken) continue;
    if (woken != make_error_code(StreamErrc::timed_out)) co_return race.given_up(Step::cancelled);
    if (shard.now() >= deadline) co_return race.given_up(Step::deadline);
  }
  co_return race.outcome();
}

}  // namespace konduit::transport_tcp
