#include "transport-grpc/proxy_stream.hpp"

#include "transport-grpc/packets.hpp"
#include "transport-grpc/proxy_connection.hpp"

namespace konduit::transport_grpc {

ProxyStream::ProxyStream(ProxyConnection& connection, http2::StreamId id, PeerFeatures features)
    : connection_(connection),
      id_(id),
      packets_(connection.http2(), http2::Role::server, ProxyConnection::kWater, connection.counters(), *this),
      end_(packets_, connection.dialer(), connection.tasks(), connection.ids(), connection.end_settings(),
           !features.any(), connection.tunnel_context(features), *this) {
  packets_.attach(id);
  packets_.set_round_trip(connection_.round_trip());
  connection_.open_streams().add(1);
}

ProxyStream::~ProxyStream() { connection_.open_streams().add(-1); }

void ProxyStream::on_packet(const ::Packet& packet) { end_.on_packet(packet); }

void ProxyStream::on_payload(std::int64_t connect_id, BufferQueue& payload, std::size_t charge) {
  end_.on_payload(connect_id, payload, charge);
}

void ProxyStream::on_stream_end(const http2::GrpcEnd&) { leave(); }

void ProxyStream::on_idle() { leave(); }

void ProxyStream::leave() {
  packets_.end({});
  end_.lose(StreamErrc::reset);
  connection_.retire(*this);
}

void ProxyStream::on_unknown_data(std::int64_t connect_id) {
  if (end_.dials() > 1) return packets_.reply(close_response(connect_id, "unrecognized connectID"));
  if (end_.dials() == 0) {
    packets_.reply(close_response(connect_id, "backend not initialized"));
    return leave();
  }
  // On a stream with one dial a second number is a fault, and nobody can say which of the two is meant.
  constexpr std::string_view kMismatch = "mismatched connection IDs";
  packets_.reply(close_response(connect_id, kMismatch));
  end_.close_all(kMismatch);
  leave();
}

void ProxyStream::on_unknown_close(std::int64_t connect_id) {
  packets_.reply(close_response(connect_id, end_.dials() == 0 ? "backend uninitialized" : "Unknown connectID"));
}

void ProxyStream::ping(std::int64_t id) { connection_.ping(*this, id); }

void ProxyStream::forget_ping(std::int64_t id) { connection_.forget_ping(id); }

}  // namespace konduit::transport_grpc
