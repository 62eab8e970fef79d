#include "transport-grpc/packet_stream.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "proto/konnectivity.pb.h"

namespace konduit::transport_grpc {
namespace {

http2::GrpcStatus status_of(proto::PacketReader::Error error) noexcept {
  switch (error) {
    case proto::PacketReader::Error::compressed: return http2::GrpcStatus::unimplemented;
    case proto::PacketReader::Error::too_large: return http2::GrpcStatus::resource_exhausted;
    default: return http2::GrpcStatus::internal;
  }
}

/// HTTP/2 frames that a message may fill. Our own ends read each frame as it comes; a stock end has a read, a wake-up
/// and a write for every message, and is sent as much at once as a stock server sends its agents (pkg/server/tunnel.go:
/// 32 KiB).
constexpr std::size_t kOwnFrames = 1;
constexpr std::size_t kStockFrames = 2;

/// The length of the next message, of at most `most` bytes: whole slices as long as they fit together. One that would
/// make it too long begins the next message if it has room for a header, or if those before it fill two thirds; where
/// they do not, it is taken apart: frames of somebody else are always too long, and would make a message of a few bytes
/// for each long one.
std::size_t message_size(BufferQueue& payload, std::size_t most) {
  std::size_t size = 0;
  for (std::size_t index = 0; index < payload.count(); ++index) {
    const Buffer& next = payload.at(index);
    if (size + next.size() > most) {
      const bool roomy = next.headroom() >= proto::kDataHeadroom;
      return size > 0 && (roomy || 3 * size >= 2 * most) ? size : most;
    }
    size += next.size();
  }
  return size;
}

}  // namespace

PacketStream::PacketStream(http2::Connection& connection, http2::Role role, Water water, PacketCounters& counters,
                           Handler& handler)
    : connection_(connection),
      role_(role),
      counters_(counters),
      handler_(handler),
      reader_(connection.shard().pool()),
      room_(water.high, water.low, kQuantum),
      frames_(kStockFrames) {}

PacketStream::~PacketStream() {
  if (!ended_ && id_ != 0) connection_.reset(id_, http2::ErrorCode::cancel);
}

void PacketStream::agree(const PeerFeatures& features) noexcept {
  frames_ = features.any() ? kOwnFrames : kStockFrames;
}

void PacketStream::send(const ::Packet& packet) {
  if (ended_) return;
  Buffer bytes = proto::encode(shard().pool(), packet);
  counters_.sent(packet.type());
  pushed_ += bytes.size();
  connection_.push(id_, std::move(bytes));
}

void PacketStream::reply(const ::Packet& packet) {
  if (!overfull()) send(packet);
}

std::size_t PacketStream::ask_room(FairRoom::Waiter& who) {
  if (ended_) return 0;
  const std::size_t room = room_.ask(who, connection_.queued(id_));
  if (room == 0) arm();
  return room;
}

std::size_t PacketStream::send_data(std::int64_t connect_id, BufferQueue& payload, std::size_t room,
                                    std::size_t limit) {
  std::size_t taken = 0;
  const std::size_t frame = proto::data_payload(connect_id);
  const std::size_t full = proto::data_payload(connect_id, frames_);
  while (taken < room && taken < limit && !payload.empty()) {
    if (payload.front().empty()) {
      payload.pop_front();  // an empty DATA is the end of file to stock clients
      continue;
    }
    // A turn is a message at the least, and longer than it was meant to be by less than a frame.
    const std::size_t most = taken == 0 || room - taken > frame ? full : frame;
    const std::size_t size = message_size(payload, std::min(most, limit - taken));
    proto::encode_data(shard().pool(), outgoing_, connect_id, payload, size);
    counters_.sent(::DATA);
    taken += size;
  }
  pushed_ += outgoing_.size();
  connection_.push(id_, outgoing_);
  return taken;
}

void PacketStream::stand_in_line(FairRoom::Waiter& who) {
  room_.stand_in_line(who, connection_.queued(id_));
  arm();
}

void PacketStream::send_window(std::int64_t connect_id, std::int64_t bytes) {
  if (ended_) return;
  Buffer packet = proto::encode_window(shard().pool(), connect_id, bytes);
  counters_.sent(::WINDOW);
  pushed_ += packet.size();
  connection_.push(id_, std::move(packet));
}

void PacketStream::arm() noexcept {
  // Whoever stands in line does so behind a full queue, or within on_writable(), which asks again itself.
  connection_.writable(id_);
}

void PacketStream::consume(std::size_t bytes) {
  if (bytes > 0 && !ended_) connection_.consume(id_, bytes);
}

void PacketStream::end(const http2::GrpcEnd& end) {
  if (ended_) return;
  ended_ = true;
  if (role_ == http2::Role::client) {
    connection_.reset(id_, http2::ErrorCode::cancel);
    return;
  }
  connection_.set_handler(id_, nullptr);
  connection_.respond(id_, http2::grpc_trailers_only(end), true);  // only where nothing has been said yet
  connection_.trailers(id_, http2::grpc_trailers(end));
}

void PacketStream::on_headers(http2::StreamId, const http2::Headers& headers, bool end) {
  if (end) {
    status_ = http2::grpc_end(headers);
    return;
  }
  if (headers.get(":status") != "200") {
    const http2::GrpcEnd refused = http2::grpc_end(headers);
    connection_.reset(id_, http2::ErrorCode::cancel);
    finish(refused);
    return;
  }
  handler_.on_metadata(headers);
}

void PacketStream::on_data(http2::StreamId, Buffer bytes) {
  if (ended_) return;
  reader_.push(std::move(bytes));
  dispatch();
  consume(reader_.take_overhead());
}

void PacketStream::dispatch() {
  using Event = proto::PacketReader::Event;
  while (!ended_) {
    switch (reader_.next()) {
      case Event::none: return;
      case Event::data:
        if (reader_.starts()) counters_.received(::DATA);
        handler_.on_payload(reader_.connect_id(), reader_.payload(), reader_.charge());
        break;
      case Event::window:
        counters_.received(::WINDOW);
        handler_.on_window(reader_.connect_id(), reader_.credit());
        break;
      case Event::packet:
        counters_.received(reader_.packet().type());
        handler_.on_packet(reader_.packet());
        break;
      case Event::error: return refuse(reader_.error());
    }
  }
}

void PacketStream::refuse(proto::PacketReader::Error error) {
  const http2::GrpcEnd why{status_of(error), std::string(proto::PacketReader::text(error))};
  counters_.stream_error(why.status);
  end(why);
  handler_.on_stream_end(why);
}

void PacketStream::on_trailers(http2::StreamId, const http2::Headers& trailers) { status_ = http2::grpc_end(trailers); }

void PacketStream::on_end(http2::StreamId) {
  if (ended_) return;
  if (role_ == http2::Role::client) {
    connection_.reset(id_, http2::ErrorCode::cancel);
    return finish(status_);
  }
  // A client that ends its side is gone: peers of this protocol never half-close.
  end({});
  handler_.on_stream_end({});
}

void PacketStream::on_closed(http2::StreamId, http2::ErrorCode code) { finish(http2::grpc_end(code)); }

void PacketStream::finish(const http2::GrpcEnd& end) {
  if (ended_) return;
  ended_ = true;
  if (end.status != http2::GrpcStatus::ok) counters_.stream_error(end.status);
  handler_.on_stream_end(end);
}

void PacketStream::on_writable(http2::StreamId) {
  while (!ended_) {
    FairRoom::Waiter* next = room_.next_turn(connection_.queued(id_));
    if (next == nullptr) break;
    next->on_room();
    room_.yield_turn();
  }
  if (!ended_ && room_.waiting()) arm();
}

}  // namespace konduit::transport_grpc
