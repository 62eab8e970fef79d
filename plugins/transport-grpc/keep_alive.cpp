#include "transport-grpc/keep_alive.hpp"

#include <algorithm>
#include <utility>

namespace konduit::transport_grpc {

KeepAlive::KeepAlive(http2::Connection& connection, Duration interval)
    : connection_(connection), interval_(interval), deadline_(connection.shard().deadlines(), *this) {
  if (interval_ > Duration::zero()) deadline_.arm(interval_);
}

void KeepAlive::watch_closely() {
  interval_ = interval_ > Duration::zero() ? std::min(interval_, kCloseInterval) : kCloseInterval;
  patience_ = kClosePatience;
  if (!asked_) ask();
}

std::optional<Duration> KeepAlive::acknowledged() {
  if (!std::exchange(asked_, false)) return std::nullopt;
  deadline_.arm(interval_);
  return connection_.shard().now() - asked_at_;
}

void KeepAlive::ask() {
  asked_ = true;
  asked_at_ = connection_.shard().now();
  received_then_ = connection_.received();
  deadline_.arm(patience_);
  connection_.ping(kOpaque);
}

void KeepAlive::on_deadline(Deadline&) {
  if (!asked_) return ask();
  const std::uint64_t received = connection_.received();
  if (received == received_then_)
    return connection_.close(http2::ErrorCode::no_error, "the peer does not answer PINGs");
  // It is there: the ack waits behind what a slow link still carries.
  received_then_ = received;
  deadline_.arm(patience_);
}

}  // namespace konduit::transport_grpc
