#pragma once

#include <cstdint>

#include "transport-grpc/answering_end.hpp"
#include "transport-grpc/packet_stream.hpp"

namespace konduit::transport_grpc {

class ProxyConnection;

/// One /ProxyService/Proxy stream of a client: any number of dials, though stock clients make one. It ends with its
/// last dial or tunnel, since old clients never close.
class ProxyStream final : private PacketStream::Handler, private AnsweringEnd::Handler {
 public:
  ProxyStream(ProxyConnection& connection, http2::StreamId id, PeerFeatures features);
  ~ProxyStream();

  http2::StreamId id() const noexcept { return id_; }
  http2::StreamHandler& handler() noexcept { return packets_; }
  void set_round_trip(Duration round_trip) noexcept { packets_.set_round_trip(round_trip); }
  void answer_taken(std::int64_t connect_id) { end_.answer_taken(connect_id); }

 private:
  void on_metadata(const http2::Headers&) override {}
  void on_packet(const ::Packet& packet) override;
  void on_payload(std::int64_t connect_id, BufferQueue& payload, std::size_t charge) override;
  void on_window(std::int64_t connect_id, std::int64_t bytes) override { end_.on_window(connect_id, bytes); }
  void on_stream_end(const http2::GrpcEnd& end) override;

  void on_idle() override;
  void on_unknown_data(std::int64_t connect_id) override;
  void on_unknown_close(std::int64_t connect_id) override;
  void ping(std::int64_t id) override;
  void forget_ping(std::int64_t id) override;

  void leave();

  ProxyConnection& connection_;
  const http2::StreamId id_;
  PacketStream packets_;
  AnsweringEnd end_;
};

}  // namespace konduit::transport_grpc
