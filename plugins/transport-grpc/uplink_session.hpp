#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http2/connection.hpp"
#include "konduit/connection.hpp"
#include "konduit/event.hpp"
#include "transport-grpc/answering_end.hpp"
#include "transport-grpc/keep_alive.hpp"
#include "transport-grpc/packet_stream.hpp"

namespace konduit::transport_grpc {

/// What the sessions of one uplink have in common. Borrowed; outlives them.
struct UplinkService {
  Shard& shard;
  Dialer& dialer;
  TaskGroup& tasks;
  ConnectIds& ids;
  PacketCounters& counters;
  std::string frontend;
  Duration keep_alive;
  MemoryBudget& budget;
  Offenders& offenders;
  std::shared_ptr<http2::SessionMemory> memory = http2::make_session_memory();
};

/// An agent's connection to one server: an HTTP/2 connection with one /AgentService/Connect stream on it.
///
/// Thread: the shard's. Lifetime: the part's, which destroys it some time after Owner::session_closed().
class UplinkSession final : private http2::ConnectionHandler,
                            private PacketStream::Handler,
                            private AnsweringEnd::Handler {
 public:
  class Owner {
   public:
    /// The last dial and tunnel of this server have ended.
    virtual void session_idle(UplinkSession& session) = 0;
    /// The server lets running tunnels end, but will not be there for long.
    virtual void session_going_away(UplinkSession& session) = 0;
    /// The connection is gone; `text` says why.
    virtual void session_closed(UplinkSession& session, std::string_view text) = 0;

   protected:
    ~Owner() = default;
  };

  UplinkSession(UplinkService& service, Connection connection, std::uint64_t number, std::string url, Owner& owner);

  /// Opens the stream. REQUIRES: once. False where the connection takes no stream any more.
  bool call(const http2::Headers& request);
  /// Completes when the server has greeted, or never will; ask greeted() then, if the session is still there.
  awaitable<error_code> greeting(TimePoint deadline) { return answered_.wait(deadline); }
  bool greeted() const noexcept { return !server_id_.empty(); }

  std::uint64_t number() const noexcept { return number_; }
  const std::string& url() const noexcept { return url_; }
  const std::string& server_id() const noexcept { return server_id_; }
  std::optional<unsigned> server_count() const noexcept { return server_count_; }

  /// It was taken into service: it counts as one of the servers until it goes away.
  void serve() noexcept { serving_ = true; }
  bool serving() const noexcept { return serving_ && !going_away_ && !packets_.ended(); }
  bool has_served() const noexcept { return serving_; }
  /// No dial and no tunnel.
  bool idle() const noexcept { return end_.idle(); }
  /// The last bytes and CLOSE_RSP of its tunnels have left.
  bool flushed() const { return packets_.flushed(); }

  /// Tells the server to send no new dials; one that has not greeted yet is left.
  void drain();
  void close(std::string_view why);

 private:
  void on_ping_ack(std::uint64_t opaque) override;
  http2::StreamHandler* on_stream(http2::StreamId, const http2::Headers&, bool) override { return nullptr; }
  void on_goaway(http2::StreamId last, http2::ErrorCode code, std::string_view text) override;
  void on_closed(error_code reason, std::string_view text) override;

  void agree(PeerFeatures features);

  void on_metadata(const http2::Headers& headers) override;
  void on_packet(const ::Packet& packet) override;
  void on_payload(std::int64_t connect_id, BufferQueue& payload, std::size_t charge) override;
  void on_window(std::int64_t connect_id, std::int64_t bytes) override { end_.on_window(connect_id, bytes); }
  void on_stream_end(const http2::GrpcEnd& end) override;

  void on_idle() override;
  void on_unknown_data(std::int64_t connect_id) override;
  void on_unknown_close(std::int64_t connect_id) override;
  void ping(std::int64_t) override {}
  void forget_ping(std::int64_t) override {}

  UplinkService& service_;
  Owner& owner_;
  const std::uint64_t number_;
  const std::string url_;
  http2::Connection http2_;
  KeepAlive keep_alive_;
  const AnsweringEnd::Settings end_settings_;
  PacketStream packets_;
  AnsweringEnd end_;
  Event answered_;
  std::string server_id_;
  std::optional<unsigned> server_count_;
  std::string why_;  // what ended the stream, for the log
  bool serving_ = false;
  bool going_away_ = false;
};

}  // namespace konduit::transport_grpc
