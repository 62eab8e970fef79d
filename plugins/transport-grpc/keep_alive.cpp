#include "transport-grpc/keep_alive.hpp"

#include <algorithm>
#include <utility>

namespace konduit::transport_grpc {

KeepAlive::KeepAlive(http2::Connection& connection, Duration interval)
    : connection_(connection), interval_(interval), deadline_(connection.shard().deadlines(), *this) {
  if (interval_ > Duration::zero()) deadline_.arm(interval_);
}

void KeepAlive::watch_closely() {
  if (patience_ == kClosePatience) return;
  interval_ = interval_ > Duration::zero() ? std::min(interval_, kCloseInterval) : kCloseInterval;
  patience_ = kClosePatience;
  if (!asked_) ask();
}

bool KeepAlive::acknowledged() {
  if (!std::exchange(asked_, false)) return false;
  deadline_.arm(interval_);
  round_trip_ = connection_.shard().now() - asked_at_;
  return true;
}

void KeepAlive::ask() {
  const Delivery output = connection_.delivery();
  asked_ = true;
  asked_at_ = connection_.shard().now();
  received_then_ = connection_.received();
  in_front_ = output.taken;
  delivered_then_ = output.delivered;
  deadline_.arm(patience_);
  connection_.ping_first(kOpaque);
}

void KeepAlive::on_deadline(Deadline&) {
  if (!asked_) return ask();
  const bool heard = has_been_heard();
  const bool taken = has_taken();
  if (!heard && !taken) return connection_.close(http2::ErrorCode::no_error, "the peer does not answer PINGs");
  deadline_.arm(patience_);
}

// The ack waits behind what a slow link still carries.
bool KeepAlive::has_been_heard() {
  const std::uint64_t received = connection_.received();
  return std::exchange(received_then_, received) != received;
}

// The PING waits as well, until the peer's host has what stands in front of it. A host in between may have it long
// before the peer does: there is life as long as it makes room for what still waits here.
bool KeepAlive::has_taken() {
  const std::uint64_t delivered = connection_.delivery().delivered;
  const std::uint64_t before = std::exchange(delivered_then_, delivered);
  const bool under_way = before < in_front_ || connection_.unsent() > 0;
  return under_way && delivered > before;
}

}  // namespace konduit::transport_grpc
