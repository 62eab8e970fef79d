#include "socket/lingerer.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "konduit/shard.hpp"

#include "socket/watch.hpp"

namespace konduit::socket {

namespace {

/// What one socket may discard before other work of the shard gets its turn.
constexpr std::size_t kShareOfTurn = 1024 * 1024;

enum class Rest { ended, more, pending };

/// Reads and drops what has arrived, up to `limit` bytes; adds to `bytes`.
Rest discard(int descriptor, std::size_t limit, std::size_t& bytes) noexcept {
  std::array<std::byte, 64 * 1024> dropped;
  std::size_t now = 0;
  while (now < limit) {
    const ssize_t got = ::recv(descriptor, dropped.data(), dropped.size(), MSG_DONTWAIT);
    if (got > 0) {
      now += static_cast<std::size_t>(got);
      bytes += static_cast<std::size_t>(got);
    } else if (got < 0 && errno == EINTR) {
      continue;
    } else {
      return got < 0 && errno == EAGAIN ? Rest::pending : Rest::ended;
    }
  }
  return Rest::more;
}

}  // namespace

class Lingerer::Socket final : private Watch::Owner {
 public:
  Socket(Lingerer& owner, FileDescriptor descriptor, TimePoint now)
      : owner_(owner), since_(now), descriptor_(std::move(descriptor)) {}
  ~Socket() {
    if (watch_) watch_->detach();
  }

  TimePoint since() const noexcept { return since_; }
  /// Discards what has come. False when there is nothing more to wait for. Before watch().
  bool goes_on() { return discard(descriptor_.get(), kShareOfTurn, bytes_) != Rest::ended; }
  bool watch(Sockets::iterator self) {
    self_ = self;
    error_code failure;
    watch_ = Watch::make(owner_.context_, std::move(descriptor_), *this, failure);
    if (watch_) watch_->arm(Watch::read);
    return watch_ != nullptr;
  }

 private:
  void on_event(Watch::Event) override {
    if (discard(watch_->descriptor(), kShareOfTurn, bytes_) == Rest::ended || bytes_ > kMostBytes) {
      owner_.remove(self_);
      return;
    }
    watch_->arm(Watch::read);
  }

  Lingerer& owner_;
  const TimePoint since_;
  std::size_t bytes_ = 0;
  FileDescriptor descriptor_;
  Sockets::iterator self_;
  WatchPtr watch_;
};

asio::execution_context::id Lingerer::id;

Lingerer& Lingerer::of(Shard& shard) {
  auto& lingerer = asio::use_service<Lingerer>(shard.context());
  lingerer.shard_ = &shard;
  return lingerer;
}

Lingerer::Lingerer(asio::io_context& context) : service(context), context_(context), unwatched_(sockets_.end()) {}

Lingerer::~Lingerer() = default;

void Lingerer::take(FileDescriptor descriptor, bool local) {
  std::size_t bytes = 0;
  const Rest rest = discard(descriptor.get(), kShareOfTurn, bytes);
  if (rest == Rest::ended || local) return;
  const TimePoint now = shard_->now();
  // Two for each that comes, so that they do not pile up.
  for (int i = 0; i < 2 && unwatched_ != sockets_.end() && (*unwatched_)->since() + kSoon <= now; ++i) look();
  if (sockets_.size() >= kMost) remove(sockets_.begin());
  sockets_.push_back(std::make_unique<Socket>(*this, std::move(descriptor), now));
  if (unwatched_ == sockets_.end()) unwatched_ = std::prev(sockets_.end());
  arm();
}

awaitable<void> Lingerer::settled(TimePoint deadline) {
  if (!settled_) settled_ = std::make_unique<Event>(*shard_);
  while (!sockets_.empty()) {
    settled_->clear();
    const error_code failure = co_await settled_->wait(deadline);
    if (failure) co_return;
  }
}

void Lingerer::look() {
  const auto socket = unwatched_++;
  if (!(*socket)->goes_on() || !(*socket)->watch(socket)) remove(socket);
}

void Lingerer::remove(Sockets::iterator socket) {
  if (socket == unwatched_) ++unwatched_;
  sockets_.erase(socket);
  if (!sockets_.empty()) return;
  if (deadline_) deadline_->disarm();
  if (settled_) settled_->set();
}

void Lingerer::arm() {
  if (sockets_.empty()) return;
  Deadline::Owner& self = *this;
  if (!deadline_) deadline_ = std::make_unique<Deadline>(shard_->deadlines(), self);
  TimePoint due = sockets_.front()->since() + kPatience;
  if (unwatched_ != sockets_.end()) due = std::min(due, (*unwatched_)->since() + kLatest);
  if (deadline_->armed() && due >= due_) return;
  due_ = due;
  deadline_->arm_at(due);
}

void Lingerer::on_deadline(Deadline&) {
  const TimePoint now = shard_->now();
  while (!sockets_.empty() && sockets_.front()->since() + kPatience <= now) remove(sockets_.begin());
  while (unwatched_ != sockets_.end() && (*unwatched_)->since() + kLatest <= now) look();
  arm();
}

void Lingerer::shutdown() {
  sockets_.clear();
  unwatched_ = sockets_.end();
  deadline_.reset();
  settled_.reset();
}

}  // namespace konduit::socket
