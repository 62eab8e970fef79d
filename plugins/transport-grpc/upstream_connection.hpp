#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "http2/connection.hpp"
#include "konduit/connection.hpp"
#include "konduit/deadline.hpp"
#include "transport-grpc/keep_alive.hpp"
#include "transport-grpc/retired.hpp"
#include "transport-grpc/upstream_call.hpp"

namespace konduit::transport_grpc {

/// What the connections to one upstream server have in common. Borrowed; outlives them.
struct UpstreamService {
  Shard& shard;
  PacketCounters& counters;
  std::string url;
  http2::Headers request;  ///< That opens a call.
  Duration keep_alive;
  Duration idle_timeout;
  MemoryBudget& budget;
  Offenders& offenders;
  DialMeasures& dials;
  std::shared_ptr<http2::SessionMemory> memory = http2::make_session_memory();
};

/// An HTTP/2 connection to an upstream server, with a call for each tunnel. It closes when it has had none for a while.
///
/// Thread: the shard's. Lifetime: the part's, which destroys it some time after Owner::connection_closed().
class UpstreamConnection final : private http2::ConnectionHandler, private Deadline::Owner {
 public:
  class Owner {
   public:
    /// A call has ended, or the server has said how many it takes, or takes no more.
    virtual void room_changed() = 0;
    virtual void connection_closed(UpstreamConnection& connection, std::string_view text) = 0;

   protected:
    ~Owner() = default;
  };

  /// Stock servers count a PING of a client more often than that as a strike.
  static constexpr Duration kShortestKeepAlive = std::chrono::minutes(5);

  UpstreamConnection(UpstreamService& service, Connection connection, Owner& owner);
  ~UpstreamConnection();

  /// A new call; null where the connection takes none any more.
  UpstreamCall* call();
  std::size_t calls() const noexcept { return calls_.size(); }
  bool takes_calls() const noexcept { return http2_.accepts_requests(); }
  /// How many calls more it takes, where `most` may be there: until the server has said what it takes, the first alone.
  std::size_t room(std::size_t most) const noexcept;
  /// How many more there might be room for when it has said so.
  std::size_t hoped_for(std::size_t most) const noexcept;
  void close(std::string_view why) { http2_.close(http2::ErrorCode::no_error, why); }

  // For the calls.
  UpstreamService& service() noexcept { return service_; }
  http2::Connection& http2() noexcept { return http2_; }
  Duration round_trip() const noexcept { return keep_alive_.round_trip(); }
  /// The server is an end of this project.
  void watch_closely() { keep_alive_.watch_closely(); }
  void retire(UpstreamCall& call);

 private:
  http2::StreamHandler* on_stream(http2::StreamId, const http2::Headers&, bool) override { return nullptr; }
  void on_settings() override { owner_.room_changed(); }
  void on_ping_ack(std::uint64_t opaque) override;
  void on_goaway(http2::StreamId last, http2::ErrorCode code, std::string_view text) override;
  void on_closed(error_code reason, std::string_view text) override;
  void on_deadline(Deadline& which) override;

  UpstreamService& service_;
  Owner& owner_;
  http2::Connection http2_;
  KeepAlive keep_alive_;
  std::unordered_map<UpstreamCall*, std::unique_ptr<UpstreamCall>> calls_;
  Retired<UpstreamCall> retired_;
  Deadline idle_;
};

}  // namespace konduit::transport_grpc
