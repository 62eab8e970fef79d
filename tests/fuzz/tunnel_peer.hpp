#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <string_view>

#include "fuzz/pattern.hpp"
#include "http2/connection.hpp"
#include "http2/grpc.hpp"
#include "proto/konnectivity.pb.h"
#include "proto/packet.hpp"
#include "transport-grpc/packets.hpp"
#include "transport-grpc/peer_features.hpp"

namespace konduit::fuzz {

[[noreturn]] inline void broken(const char* rule) {
  std::fprintf(stderr, "the protocol was broken: %s\n", rule);
  std::abort();
}

/// The other end of a gRPC stream of packets: says what a script wants, right or wrong, and aborts when what it hears
/// breaks docs/protocol.md.
class TunnelPeer final : http2::ConnectionHandler, http2::StreamHandler {
 public:
  /// `honest` becomes false when something was said that may mean anything; it outlives the peer.
  TunnelPeer(Shard& shard, StreamPtr stream, transport_grpc::PeerFeatures features, bool& honest)
      : shard_(shard),
        honest_(honest),
        features_(features),
        connection_(std::make_unique<http2::Connection>(shard, std::move(stream), http2::Role::client,
                                                        http2::Settings{},
                                                        static_cast<http2::ConnectionHandler&>(*this))),
        reader_(shard.pool()),
        id_(connection_->request(http2::grpc_request("http", "fuzz", "/AgentService/Connect"), *this)) {}

  static constexpr std::int64_t kUnknown = 1'000'000;

  /// The connectID that a script calls by its number: of a tunnel that there is or was, else of none.
  std::int64_t id_of(unsigned number) const {
    // A number that no tunnel has or will have.
    if (number >= tunnels_.size()) return kUnknown + number;
    auto at = tunnels_.begin();
    std::advance(at, number);
    return at->first;
  }

  void send(const ::Packet& packet) { push(proto::encode(shard_.pool(), packet)); }
  void send_raw(std::string_view bytes) {
    if (bytes.empty()) return;
    honest_ = false;
    push(shard_.pool().copy(bytes));
  }
  void answer(unsigned argument) {
    if (asked_.empty()) return;
    const auto [random, window] = asked_.front();
    asked_.pop_front();
    if (argument % 4 == 0) return send(transport_grpc::dial_failure(random, "no"));
    const std::int64_t credit = static_cast<std::int64_t>(argument) * 500;
    if (argument % 8 == 1) {
      // A number that may be in use: from here on the books cannot tell which tunnel is meant.
      honest_ = false;
      return send(transport_grpc::dial_success(random, argument % 16, credit));
    }
    const std::int64_t id = ++last_id_;
    open(id, credit);
    send(transport_grpc::dial_success(random, id, credit));
  }
  void dial(unsigned argument) {
    const std::int64_t credit = static_cast<std::int64_t>(argument) * 500;
    dialled_[argument] = credit;
    send(transport_grpc::dial_request(argument, "10.0.0.1:" + std::to_string(argument + 1), credit));
  }
  void send_data(std::int64_t id, std::size_t size) {
    Books unknown;
    Books& books = tunnels_.contains(id) ? tunnels_[id] : unknown;
    Buffer bytes = shard_.pool().allocate(size, proto::kDataHeadroom);
    write_pattern(bytes.bytes(), books.sent);
    books.sent += size;
    BufferQueue out;
    proto::encode_data(shard_.pool(), out, id, std::move(bytes));
    while (out.count() > 0) push(out.pop_front());
  }
  void grant(std::int64_t id, std::int64_t bytes) {
    if (const auto at = tunnels_.find(id); at != tunnels_.end() && bytes > 0) {
      at->second.credit += static_cast<std::uint64_t>(bytes);
    }
    push(proto::encode_window(shard_.pool(), id, bytes));
  }
  void half_close(std::int64_t id) { send(transport_grpc::half_close(id)); }
  void close(std::int64_t id) {
    if (dialled_.empty()) {
      send(transport_grpc::close_response(id, ""));
    } else {
      send(transport_grpc::close_request(id));
    }
  }

 private:
  struct Books {
    std::uint64_t credit = 0;  // what this end has granted
    std::uint64_t received = 0;
    std::size_t sent = 0;
    bool no_more_data = false;  // the other end has said so
  };

  void push(Buffer bytes) { connection_->push(id_, std::move(bytes)); }
  void open(std::int64_t id, std::int64_t credit) {
    Books books;
    books.credit = static_cast<std::uint64_t>(credit);
    tunnels_[id] = books;
  }

  http2::StreamHandler* on_stream(http2::StreamId, const http2::Headers&, bool) override { return nullptr; }
  void on_closed(error_code, std::string_view) override {}
  void on_headers(http2::StreamId, const http2::Headers&, bool) override {}
  void on_trailers(http2::StreamId, const http2::Headers&) override {}
  void on_end(http2::StreamId) override {
    if (honest_) broken("the stream of all tunnels was ended");
  }
  void on_writable(http2::StreamId) override {}
  void on_closed(http2::StreamId, http2::ErrorCode) override {}

  void on_data(http2::StreamId id, Buffer bytes) override {
    connection_->consume(id, bytes.size());
    reader_.push(std::move(bytes));
    using Event = proto::PacketReader::Event;
    for (;;) {
      switch (reader_.next()) {
        case Event::none: return;
        case Event::error: broken("a packet was malformed");
        case Event::data: heard_data(reader_.connect_id(), reader_.payload()); break;
        case Event::window:
          if (!features_.credit) broken("credit was not agreed");
          if (reader_.credit() <= 0) broken("credit must be positive");
          break;
        case Event::packet: heard(reader_.packet()); break;
      }
    }
  }

  void heard_data(std::int64_t id, BufferQueue& payload) {
    if (!tunnels_.contains(id) && honest_) broken("DATA for a tunnel that there is not");
    Books& books = tunnels_[id];
    if (books.no_more_data && honest_) broken("DATA behind the end of its direction");
    if (payload.empty()) broken("an empty DATA");
    while (!payload.empty()) {
      const Buffer slice = payload.pop_front();
      if (!is_pattern(slice.bytes(), books.received) && honest_) broken("sent bytes are not those that were written");
      books.received += slice.size();
    }
    if (features_.credit && books.received > books.credit && honest_) broken("DATA beyond the credit");
  }

  void heard(const ::Packet& packet) {
    switch (packet.type()) {
      case ::DIAL_REQ: asked_.emplace_back(packet.dialrequest().random(), packet.dialrequest().window()); break;
      case ::DIAL_RSP:
        if (packet.dialresponse().error().empty()) {
          open(packet.dialresponse().connectid(), dialled_[packet.dialresponse().random()]);
        }
        break;
      case ::HALF_CLOSE:
        if (!features_.half_close) broken("half-close was not agreed");
        no_more(packet.halfclose().connectid());
        break;
      case ::RESET:
        if (!features_.reset) broken("reset was not agreed");
        no_more(packet.reset().connectid());
        break;
      case ::CLOSE_REQ: no_more(packet.closerequest().connectid()); break;
      case ::CLOSE_RSP: no_more(packet.closeresponse().connectid()); break;
      default: break;
    }
  }

  void no_more(std::int64_t id) {
    if (const auto at = tunnels_.find(id); at != tunnels_.end()) at->second.no_more_data = true;
  }

  Shard& shard_;
  bool& honest_;
  const transport_grpc::PeerFeatures features_;
  std::unique_ptr<http2::Connection> connection_;
  proto::PacketReader reader_;
  const http2::StreamId id_;
  std::int64_t last_id_ = 0;
  std::map<std::int64_t, Books> tunnels_;
  std::deque<std::pair<std::int64_t, std::int64_t>> asked_;
  std::map<std::int64_t, std::int64_t> dialled_;  // random → what it may be sent
};

}  // namespace konduit::fuzz
