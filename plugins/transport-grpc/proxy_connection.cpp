#include "transport-grpc/proxy_connection.hpp"

#include <utility>

#include "transport-grpc/calls.hpp"

namespace konduit::transport_grpc {
namespace {

http2::Settings settings(const std::shared_ptr<http2::SessionMemory>& memory) {
  http2::Settings settings;
  settings.memory = memory;
  settings.stream_window = 1024 * 1024;
  settings.connection_window = 4 * 1024 * 1024;
  settings.high_water = ProxyConnection::kWater.high;
  settings.low_water = ProxyConnection::kWater.low;
  settings.limits = http2::Limits::trusted();
  return settings;
}

}  // namespace

ProxyConnection::ProxyConnection(ProxyService& service, Connection connection, Owner& owner)
    : service_(service),
      owner_(owner),
      end_settings_{
          .frontend = service.frontend, .peer = std::move(connection.peer), .dial_timeout = service.dial_timeout},
      http2_(service.shard, std::move(connection.stream), http2::Role::server, settings(service.memory), *this),
      keep_alive_(http2_, service.keep_alive),
      retired_(service.shard) {}

std::shared_ptr<const TunnelContext> ProxyConnection::tunnel_context(PeerFeatures features) const {
  return std::make_shared<const TunnelContext>(
      TunnelContext{features, false, peer().address, service_.budget, service_.offenders});
}

http2::StreamHandler* ProxyConnection::on_stream(http2::StreamId id, const http2::Headers& headers, bool end) {
  if (const auto refusal = kProxy.refuse(headers)) {
    http2_.respond(id, *refusal, true);
    return nullptr;
  }
  const PeerFeatures features = common_features(headers.get(kFeaturesKey));
  http2::Headers answer = http2::grpc_response();
  if (features.any()) answer.add(kFeaturesKey, feature_list(features));
  http2_.respond(id, answer, false);
  if (end) {
    http2_.trailers(id, http2::grpc_trailers({}));
    return nullptr;
  }
  if (features.any()) keep_alive_.watch_closely();
  auto stream = std::make_unique<ProxyStream>(*this, id, features);
  http2::StreamHandler& handler = stream->handler();
  streams_.emplace(id, std::move(stream));
  return &handler;
}

void ProxyConnection::ping(const ProxyStream& stream, std::int64_t connect_id) {
  pings_[connect_id] = stream.id();
  http2_.ping(static_cast<std::uint64_t>(connect_id));
}

void ProxyConnection::on_ping_ack(std::uint64_t opaque) {
  if (opaque == KeepAlive::kOpaque) {
    if (!keep_alive_.acknowledged()) return;
    for (const auto& [id, stream] : streams_) stream->set_round_trip(round_trip());
    return;
  }
  const auto asked = pings_.extract(static_cast<std::int64_t>(opaque));
  if (asked.empty()) return;
  if (const auto at = streams_.find(asked.mapped()); at != streams_.end()) at->second->answer_taken(asked.key());
}

void ProxyConnection::retire(ProxyStream& stream) {
  const auto at = streams_.find(stream.id());
  if (at == streams_.end()) return;
  retired_.take(std::move(at->second));
  streams_.erase(at);
}

void ProxyConnection::on_closed(error_code reason, std::string_view text) {
  owner_.connection_closed(*this, reason, text);
}

}  // namespace konduit::transport_grpc
