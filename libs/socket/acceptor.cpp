#include "socket/acceptor.hpp"

#include <fcntl.h>

#include <boost/asio/error.hpp>

#include <cerrno>
#include <utility>

#include "konduit/error.hpp"
#include "konduit/shard.hpp"

#include "socket/errors.hpp"

namespace konduit::socket {

namespace {

/// After this many connections without waiting, the shard's other work gets its turn.
constexpr unsigned kShareOfTurn = 64;

/// The connection was gone before it was taken: the next one may be well. accept(2) also passes on its network errors.
bool gone_already(int number) noexcept {
  switch (number) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET:
    case ENOPROTOOPT:
    case EOPNOTSUPP: return true;
    default: return false;
  }
}

}  // namespace

SocketAcceptor::SocketAcceptor(Shard& shard, FileDescriptor listening, Family family, const Liveness& liveness,
                               Describe describe)
    : shard_(shard), family_(family), liveness_(liveness), describe_(describe), ready_(shard) {
  watch_ = Watch::make(shard.context(), std::move(listening), *this, failure_);
}

SocketAcceptor::~SocketAcceptor() {
  if (watch_) watch_->detach();
}

void SocketAcceptor::on_event(Watch::Event) { ready_.set(); }

std::optional<Result<Acceptor::Accepted>> SocketAcceptor::take() {
  if (!watch_) return Result<Accepted>(failure_);
  for (;;) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    FileDescriptor accepted(
        ::accept4(watch_->descriptor(), reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (accepted) {
      if (family_ == Family::tcp) set_tcp_options(accepted.get(), liveness_);
      std::string name = describe_(accepted.get(), address);
      error_code failure;
      auto stream = make_stream(shard_, std::move(accepted), family_, failure);
      if (!stream) return Result<Accepted>(failure);
      return Accepted{std::move(stream), std::move(name)};
    }
    if (gone_already(errno)) continue;
    if (errno == EAGAIN) return std::nullopt;
    return Result<Accepted>(error_code(errno, boost::system::system_category()));
  }
}

awaitable<Result<Acceptor::Accepted>> SocketAcceptor::accept() {
  if (!watch_) co_return failure_;
  for (;;) {
    if (in_a_row_ < kShareOfTurn) {
      auto taken = take();
      if (taken && taken->has_value()) ++in_a_row_;
      if (taken) co_return std::move(*taken);
    }
    in_a_row_ = 0;
    ready_.clear();
    watch_->arm(Watch::read);
    if (const error_code cancelled = co_await ready_.wait()) co_return cancelled;
  }
}

FileDescriptor duplicate(int listening) {
  FileDescriptor copy(::fcntl(listening, F_DUPFD_CLOEXEC, 0));
  if (!copy) throw StartError("cannot share a listening socket between shards: " + error_words(errno));
  return copy;
}

}  // namespace konduit::socket
