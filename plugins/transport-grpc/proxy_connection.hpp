#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>

#include "http2/connection.hpp"
#include "konduit/connection.hpp"
#include "transport-grpc/answering_end.hpp"
#include "transport-grpc/keep_alive.hpp"
#include "transport-grpc/proxy_stream.hpp"
#include "transport-grpc/retired.hpp"

namespace konduit::transport_grpc {

/// What the connections of one frontend part have in common. Borrowed; outlives them.
struct ProxyService {
  Shard& shard;
  Dialer& dialer;
  TaskGroup& tasks;
  ConnectIds& ids;
  PacketCounters& counters;
  std::string frontend;
  Duration dial_timeout;
  Duration keep_alive;
  MemoryBudget& budget;
  Offenders& offenders;
  Gauge& streams;  ///< Proxy streams that are open.
  std::shared_ptr<http2::SessionMemory> memory = http2::make_session_memory();
};

/// A client's HTTP/2 connection to the grpc frontend: one Proxy stream per dial from kube-apiserver, other calls are
/// refused.
///
/// Thread: the shard's. Lifetime: the part's, which destroys it some time after Owner::connection_closed().
class ProxyConnection final : private http2::ConnectionHandler {
 public:
  class Owner {
   public:
    virtual void connection_closed(ProxyConnection& connection, error_code reason, std::string_view text) = 0;

   protected:
    ~Owner() = default;
  };

  static constexpr PacketStream::Water kWater{256 * 1024, 128 * 1024};

  ProxyConnection(ProxyService& service, Connection connection, Owner& owner);

  /// No new streams; ends with the last one.
  void drain() { http2_.drain(); }
  void close() { http2_.close(http2::ErrorCode::no_error, "the proxy is shutting down"); }

  const Peer& peer() const noexcept { return end_settings_.peer; }

  // For its streams.
  http2::Connection& http2() noexcept { return http2_; }
  Dialer& dialer() noexcept { return service_.dialer; }
  TaskGroup& tasks() noexcept { return service_.tasks; }
  ConnectIds& ids() noexcept { return service_.ids; }
  PacketCounters& counters() noexcept { return service_.counters; }
  Gauge& open_streams() noexcept { return service_.streams; }
  const AnsweringEnd::Settings& end_settings() const noexcept { return end_settings_; }
  std::shared_ptr<const TunnelContext> tunnel_context(PeerFeatures features) const;
  /// Sends a PING whose ack goes to the stream's answer_taken(connect_id).
  void ping(const ProxyStream& stream, std::int64_t connect_id);
  void forget_ping(std::int64_t connect_id) { pings_.erase(connect_id); }
  /// PINGs whose acks are waited for.
  std::size_t pings() const noexcept { return pings_.size(); }
  Duration round_trip() const noexcept { return keep_alive_.round_trip(); }
  void retire(ProxyStream& stream);

 private:
  http2::StreamHandler* on_stream(http2::StreamId id, const http2::Headers& headers, bool end) override;
  void on_ping_ack(std::uint64_t opaque) override;
  void on_closed(error_code reason, std::string_view text) override;
  ProxyService& service_;
  Owner& owner_;
  const AnsweringEnd::Settings end_settings_;
  http2::Connection http2_;
  KeepAlive keep_alive_;
  // A hash table keeps its buckets, and most connections have one stream.
  std::map<std::int64_t, http2::StreamId> pings_;  // connectID → whose it is; streams forget theirs
  std::map<http2::StreamId, std::unique_ptr<ProxyStream>> streams_;
  Retired<ProxyStream> retired_;
};

}  // namespace konduit::transport_grpc
