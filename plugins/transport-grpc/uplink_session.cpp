#include "transport-grpc/uplink_session.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "transport-grpc/packets.hpp"

namespace konduit::transport_grpc {
namespace {

constexpr PacketStream::Water kWater{512 * 1024, 256 * 1024};
/// Stock servers count a PING more often than every 30 s as a strike; the third one ends the connection.
constexpr Duration kShortestKeepAlive = std::chrono::seconds(30);
/// What a server may say of how many there are.
constexpr unsigned kMostServers = 64;
/// Dials of one server at once.
constexpr std::size_t kPending = 10'000;

http2::Settings settings(const std::shared_ptr<http2::SessionMemory>& memory) {
  http2::Settings settings;
  settings.memory = memory;
  settings.stream_window = 4 * 1024 * 1024;
  settings.connection_window = 16 * 1024 * 1024;
  settings.high_water = kWater.high;
  settings.low_water = kWater.low;
  return settings;
}

AnsweringEnd::Settings end_settings(const UplinkService& service, Peer peer) {
  AnsweringEnd::Settings end;
  end.frontend = service.frontend;
  end.peer = std::move(peer);
  end.max_pending = kPending;
  return end;
}

std::shared_ptr<const TunnelContext> tunnel_context(const UplinkService& service, const std::string& url,
                                                    PeerFeatures features) {
  return std::make_shared<const TunnelContext>(
      TunnelContext{features, true, "server " + url, service.budget, service.offenders});
}

Duration allowed(Duration keep_alive) {
  return keep_alive > Duration::zero() ? std::max(keep_alive, kShortestKeepAlive) : keep_alive;
}

}  // namespace

UplinkSession::UplinkSession(UplinkService& service, Connection connection, std::uint64_t number, std::string url,
                             Owner& owner)
    : service_(service),
      owner_(owner),
      number_(number),
      url_(std::move(url)),
      http2_(service.shard, std::move(connection.stream), http2::Role::client, settings(service.memory), *this),
      keep_alive_(http2_, allowed(service.keep_alive)),
      end_settings_(end_settings(service, std::move(connection.peer))),
      packets_(http2_, http2::Role::client, kWater, service.counters, *this),
      end_(packets_, service.dialer, service.tasks, service.ids, end_settings_, false,
           tunnel_context(service, url_, {}), *this),
      answered_(service.shard) {}

bool UplinkSession::call(const http2::Headers& request) {
  const http2::StreamId id = http2_.request(request, packets_);
  if (id == 0) return false;
  packets_.attach(id);
  return true;
}

void UplinkSession::on_metadata(const http2::Headers& headers) {
  if (headers.count("serverid") != 1 || headers.get("serverid").empty()) {
    return close("the server did not say its serverID");
  }
  server_id_ = headers.get("serverid");
  const std::string_view count = headers.get("servercount");
  unsigned servers = 0;
  const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), servers);
  if (error == std::errc{} && end == count.data() + count.size()) server_count_ = std::min(servers, kMostServers);
  agree(common_features(headers.get(kFeaturesKey)));
  answered_.set();
}

void UplinkSession::agree(PeerFeatures features) {
  if (!features.any()) return;
  end_.agree(tunnel_context(service_, url_, features));
  keep_alive_.watch_closely();
}

void UplinkSession::on_packet(const ::Packet& packet) { end_.on_packet(packet); }

void UplinkSession::on_payload(std::int64_t connect_id, BufferQueue& payload, std::size_t charge) {
  end_.on_payload(connect_id, payload, charge);
}

void UplinkSession::on_unknown_data(std::int64_t connect_id) {
  packets_.reply(close_response(connect_id, "unrecognized connectID"));
}

void UplinkSession::on_unknown_close(std::int64_t connect_id) {
  packets_.reply(close_response(connect_id, "Unknown connectID"));
}

void UplinkSession::on_idle() { owner_.session_idle(*this); }

void UplinkSession::on_stream_end(const http2::GrpcEnd& end) {
  if (why_.empty()) {
    why_ = "the stream ended with " + std::string(http2::to_string(end.status));
    if (!end.message.empty()) why_.append(": ").append(end.message);
  }
  close(why_);
}

void UplinkSession::close(std::string_view why) {
  if (why_.empty()) why_ = why;
  packets_.end({});
  end_.lose(StreamErrc::reset);
  http2_.close(http2::ErrorCode::no_error, "");
  answered_.set();
}

void UplinkSession::drain() {
  if (packets_.ended()) return;
  if (!greeted()) return close("the agent is leaving");  // nobody would tell the server later
  packets_.send(transport_grpc::drain());
}

void UplinkSession::on_ping_ack(std::uint64_t opaque) {
  if (opaque == KeepAlive::kOpaque && keep_alive_.acknowledged()) packets_.set_round_trip(keep_alive_.round_trip());
}

void UplinkSession::on_goaway(http2::StreamId, http2::ErrorCode, std::string_view) {
  if (std::exchange(going_away_, true)) return;
  owner_.session_going_away(*this);
}

void UplinkSession::on_closed(error_code, std::string_view text) {
  end_.lose(StreamErrc::reset);
  answered_.set();
  owner_.session_closed(*this, why_.empty() ? text : std::string_view(why_));
}

}  // namespace konduit::transport_grpc
