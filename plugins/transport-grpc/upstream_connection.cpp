#include "transport-grpc/upstream_connection.hpp"

#include <algorithm>
#include <utility>

namespace konduit::transport_grpc {
namespace {

http2::Settings settings(const std::shared_ptr<http2::SessionMemory>& memory) {
  http2::Settings settings;
  settings.memory = memory;
  // A tunnel has a stream of its own; what one does not read must not stop the others.
  settings.stream_window = 1024 * 1024;
  settings.connection_window = 16 * 1024 * 1024;
  settings.high_water = UpstreamCall::kWater.high;
  settings.low_water = UpstreamCall::kWater.low;
  return settings;
}

Duration allowed(Duration keep_alive) {
  return keep_alive > Duration::zero() ? std::max(keep_alive, UpstreamConnection::kShortestKeepAlive) : keep_alive;
}

}  // namespace

UpstreamConnection::UpstreamConnection(UpstreamService& service, Connection connection, Owner& owner)
    : service_(service),
      owner_(owner),
      http2_(service.shard, std::move(connection.stream), http2::Role::client, settings(service.memory), *this),
      keep_alive_(http2_, allowed(service.keep_alive)),
      retired_(service.shard),
      idle_(service.shard.deadlines(), *this) {
  idle_.arm(service_.idle_timeout);
}

UpstreamConnection::~UpstreamConnection() {
  for (const auto& [key, call] : std::exchange(calls_, {})) call->lose();
}

UpstreamCall* UpstreamConnection::call() {
  if (!takes_calls()) return nullptr;
  auto made = std::make_unique<UpstreamCall>(*this);
  UpstreamCall* const call = made.get();
  calls_.emplace(call, std::move(made));
  if (!call->open(service_.request)) {
    call->lose();
    return nullptr;
  }
  idle_.disarm();
  return call;
}

std::size_t UpstreamConnection::room(std::size_t most) const noexcept {
  const std::size_t taken = std::min(most, http2_.request_limit().value_or(1));
  return takes_calls() && calls() < taken ? taken - calls() : 0;
}

std::size_t UpstreamConnection::hoped_for(std::size_t most) const noexcept {
  return takes_calls() && !http2_.request_limit() && calls() < most ? most - calls() : 0;
}

void UpstreamConnection::retire(UpstreamCall& call) {
  const auto at = calls_.find(&call);
  if (at == calls_.end()) return;
  retired_.take(std::move(at->second));
  calls_.erase(at);
  if (calls_.empty()) idle_.arm(service_.idle_timeout);
  owner_.room_changed();
}

void UpstreamConnection::on_ping_ack(std::uint64_t opaque) {
  if (opaque == KeepAlive::kOpaque) keep_alive_.acknowledged();
}

void UpstreamConnection::on_goaway(http2::StreamId, http2::ErrorCode, std::string_view) {
  // Running calls may go on; without any there is nothing to wait for.
  if (calls_.empty()) http2_.drain();
  owner_.room_changed();
}

void UpstreamConnection::on_closed(error_code, std::string_view text) {
  while (!calls_.empty()) calls_.begin()->second->lose();
  owner_.connection_closed(*this, text);
}

void UpstreamConnection::on_deadline(Deadline&) { http2_.drain(); }

}  // namespace konduit::transport_grpc
