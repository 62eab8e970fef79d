#include "socket/lingerer.hpp"

#include <sys/socket.h>

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
  Socket(Lingerer& owner, TimePoint until) : owner_(owner), until_(until) {}
  ~Socket() {
    if (watch_) watch_->detach();
  }

  bool start(FileDescriptor descriptor, Sockets::iterator self) {
    self_ = self;
    error_code failure;
    watch_ = Watch::make(owner_.context_, std::move(descriptor), *this, failure);
    if (watch_) watch_->arm(Watch::read);
    return watch_ != nullptr;
  }
  TimePoint until() const noexcept { return until_; }

 private:
  void on_event(Watch::Event) override {
    if (discard(watch_->descriptor(), kShareOfTurn, bytes_) == Rest::ended || bytes_ > kMostBytes) {
      owner_.remove(self_);
      return;
    }
    watch_->arm(Watch::read);
  }

  Lingerer& owner_;
  const TimePoint until_;
  std::size_t bytes_ = 0;
  Sockets::iterator self_;
  WatchPtr watch_;
};

asio::execution_context::id Lingerer::id;

Lingerer& Lingerer::of(Shard& shard) {
  auto& lingerer = asio::use_service<Lingerer>(shard.context());
  lingerer.deadlines_ = &shard.deadlines();
  return lingerer;
}

Lingerer::Lingerer(asio::io_context& context) : service(context), context_(context) {}

Lingerer::~Lingerer() = default;

void Lingerer::take(FileDescriptor descriptor, bool local) {
  std::size_t bytes = 0;
  const Rest rest = discard(descriptor.get(), kShareOfTurn, bytes);
  if (rest == Rest::ended || local) return;
  if (sockets_.size() >= kMost) remove(sockets_.begin());
  sockets_.push_back(std::make_unique<Socket>(*this, deadlines_->now() + kPatience));
  const auto added = std::prev(sockets_.end());
  if (!(*added)->start(std::move(descriptor), added)) {
    remove(added);
    return;
  }
  arm();
}

void Lingerer::remove(Sockets::iterator socket) {
  sockets_.erase(socket);
  if (sockets_.empty() && deadline_) deadline_->disarm();
}

void Lingerer::arm() {
  Deadline::Owner& self = *this;
  if (!deadline_) deadline_ = std::make_unique<Deadline>(*deadlines_, self);
  if (!sockets_.empty() && !deadline_->armed()) deadline_->arm_at(sockets_.front()->until());
}

void Lingerer::on_deadline(Deadline&) {
  const TimePoint now = deadlines_->now();
  while (!sockets_.empty() && sockets_.front()->until() <= now) remove(sockets_.begin());
  arm();
}

void Lingerer::shutdown() {
  sockets_.clear();
  deadline_.reset();
}

}  // namespace konduit::socket
