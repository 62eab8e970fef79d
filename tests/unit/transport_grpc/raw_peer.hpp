#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http2/connection.hpp"
#include "http2/grpc.hpp"
#include "konduit/connection.hpp"
#include "proto/konnectivity.pb.h"
#include "proto/packet.hpp"

namespace konduit::transport_grpc {

/// The other end of a gRPC stream, which says what the test wants and keeps what it hears. DATA is consumed only where
/// the test lets it.
class RawPeer final : public http2::ConnectionHandler, public http2::StreamHandler {
 public:
  struct Heard {
    ::Packet packet;
    TimePoint at;
    bool data = false;
  };

  /// One gRPC stream of the connection.
  struct Call {
    explicit Call(BlockPool& pool) : reader(pool) {}

    std::vector<Heard> packets;                    // DATA in pieces as they came
    std::map<std::int64_t, std::string> received;  // bytes by connectID
    std::map<std::int64_t, std::int64_t> credit;   // sum of WINDOWs by connectID
    std::optional<http2::Headers> head;
    std::optional<http2::GrpcEnd> end;
    bool closed = false;
    http2::ErrorCode code = http2::ErrorCode::no_error;
    std::size_t withheld = 0;
    proto::PacketReader reader;
  };

  RawPeer(Shard& shard, StreamPtr stream, http2::Role role, http2::Settings settings = {})
      : shard_(shard),
        role_(role),
        connection_(std::make_unique<http2::Connection>(shard, std::move(stream), role, settings, *this)) {}

  /// Client: opens a stream for `path`; metadata is added.
  http2::StreamId call(std::string_view path, std::vector<std::pair<std::string, std::string>> metadata = {},
                       http2::Headers head = {}) {
    http2::Headers headers = head.empty() ? http2::grpc_request("http", "test", path) : head;
    for (const auto& [name, value] : metadata) headers.add(name, value);
    last = connection_->request(headers, *this);
    calls.try_emplace(last, shard_.pool());
    return last;
  }

  void send(const ::Packet& packet, http2::StreamId id = 0) { push(proto::encode(shard_.pool(), packet), id); }
  void send_data(std::int64_t connect_id, std::string_view bytes, http2::StreamId id = 0) {
    BufferQueue out;
    proto::encode_data(shard_.pool(), out, connect_id, shard_.pool().copy(bytes, proto::kDataHeadroom));
    while (out.count() > 0) push(out.pop_front(), id);
  }
  void push(Buffer bytes, http2::StreamId id = 0) { connection_->push(id ? id : last, std::move(bytes)); }
  void push(std::string_view bytes, http2::StreamId id = 0) { push(shard_.pool().copy(bytes), id); }

  Call& of(http2::StreamId id = 0) { return calls.at(id ? id : last); }
  /// How many control packets of a type have been heard.
  std::size_t count(PacketType type, http2::StreamId id = 0) {
    std::size_t found = 0;
    for (const Heard& heard : of(id).packets) found += heard.packet.type() == type;
    return found;
  }
  /// The last packet of a type; REQUIRES that there is one.
  const Heard& heard(PacketType type, http2::StreamId id = 0) {
    const auto& packets = of(id).packets;
    for (auto at = packets.rbegin(); at != packets.rend(); ++at) {
      if (at->packet.type() == type) return *at;
    }
    throw std::out_of_range("no such packet");
  }

  /// Server: answers the last call.
  void greet() {
    http2::Headers answer = http2::grpc_response();
    for (const auto& [name, value] : greeting) answer.add(name, value);
    connection_->respond(last, answer, false);
  }

  http2::Connection& connection() { return *connection_; }
  /// As if the process had died.
  void vanish() { connection_.reset(); }

  std::map<http2::StreamId, Call> calls;
  http2::StreamId last = 0;
  bool consumes = true;
  bool over = false;
  std::optional<http2::ErrorCode> goaway;
  /// Server: what it greets agents with.
  std::vector<std::pair<std::string, std::string>> greeting;
  bool answers = true;  // a call, at once
  std::optional<http2::Headers> request;
  std::optional<http2::GrpcEnd> refusal;

 private:
  http2::StreamHandler* on_stream(http2::StreamId id, const http2::Headers& headers, bool) override {
    request = headers;
    last = id;
    calls.try_emplace(id, shard_.pool());
    if (refusal) {
      connection_->respond(id, http2::grpc_trailers_only(*refusal), true);
      return nullptr;
    }
    if (answers) greet();
    return this;
  }
  void on_goaway(http2::StreamId, http2::ErrorCode code, std::string_view) override { goaway = code; }
  void on_closed(error_code, std::string_view) override { over = true; }

  void on_headers(http2::StreamId id, const http2::Headers& headers, bool end) override {
    calls.at(id).head = headers;
    if (end) calls.at(id).end = http2::grpc_end(headers);
  }
  void on_data(http2::StreamId id, Buffer bytes) override {
    Call& call = calls.at(id);
    const std::size_t size = bytes.size();
    call.reader.push(std::move(bytes));
    for (;;) {
      const auto event = call.reader.next();
      if (event == proto::PacketReader::Event::none || event == proto::PacketReader::Event::error) break;
      if (event == proto::PacketReader::Event::window) {
        call.credit[call.reader.connect_id()] += call.reader.credit();
        continue;
      }
      Heard heard;
      heard.at = shard_.now();
      if (event == proto::PacketReader::Event::packet) {
        heard.packet = call.reader.packet();
      } else {
        heard.data = true;
        heard.packet.set_type(::DATA);
        heard.packet.mutable_data()->set_connectid(call.reader.connect_id());
        std::string text(call.reader.payload().size(), '\0');
        call.reader.payload().peek({reinterpret_cast<std::byte*>(text.data()), text.size()});
        call.received[call.reader.connect_id()] += text;
        call.reader.payload().clear();
        heard.packet.mutable_data()->set_data(text);
      }
      call.packets.push_back(std::move(heard));
    }
    if (consumes) {
      connection_->consume(id, size);
    } else {
      call.withheld += size;
    }
  }
  void on_trailers(http2::StreamId id, const http2::Headers& trailers) override {
    calls.at(id).end = http2::grpc_end(trailers);
  }
  void on_end(http2::StreamId) override {}
  void on_writable(http2::StreamId) override {}
  void on_closed(http2::StreamId id, http2::ErrorCode code) override {
    calls.at(id).closed = true;
    calls.at(id).code = code;
  }

  Shard& shard_;
  const http2::Role role_;
  std::unique_ptr<http2::Connection> connection_;
};

}  // namespace konduit::transport_grpc
