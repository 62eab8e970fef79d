#pragma once

#include <cstddef>
#include <memory>
#include <unordered_map>

#include "konduit/backend.hpp"
#include "konduit/connection.hpp"
#include "konduit/event.hpp"
#include "transport-grpc/dial_measures.hpp"
#include "transport-grpc/offenders.hpp"
#include "transport-grpc/packet_counters.hpp"
#include "transport-grpc/retired.hpp"
#include "transport-grpc/upstream_connection.hpp"

namespace konduit::transport_grpc {

class UpstreamBackend;

/// The backend `grpc` on one shard: dials through an upstream server, over a few connections that many tunnels share.
class UpstreamPart final : public BackendPart, private UpstreamConnection::Owner {
 public:
  /// `backend` outlives the part.
  UpstreamPart(UpstreamBackend& backend, Shard& shard);
  ~UpstreamPart() override;

  awaitable<DialResult<StreamPtr>> dial(const DialRequest& request) override;
  awaitable<void> drain(TimePoint deadline) override;
  awaitable<void> stop() override;

 private:
  class Connecting;

  /// A call on a connection with room, or on a new one.
  awaitable<DialResult<UpstreamCall*>> call(TimePoint deadline);
  /// Null where none has room.
  UpstreamCall* call_now();
  awaitable<DialResult<void>> connect(TimePoint deadline);
  DialError named(DialError error, const Target& target) const;
  /// Calls for which there may be room soon.
  std::size_t hoped_for() const noexcept;
  /// Connections that take calls.
  std::size_t connections_in_use() const noexcept;
  std::size_t calls() const noexcept;

  void room_changed() override { changed_.set(); }
  void connection_closed(UpstreamConnection& connection, std::string_view text) override;

  Shard& shard_;
  UpstreamBackend& backend_;
  PacketCounters counters_;
  Offenders offenders_;
  DialMeasures dials_;
  UpstreamService service_;
  Gauge& open_connections_;
  Counter& failures_;
  std::unordered_map<UpstreamConnection*, std::unique_ptr<UpstreamConnection>> connections_;
  Retired<UpstreamConnection> retired_;
  Event changed_;
  std::size_t connecting_ = 0;
  std::size_t waiting_ = 0;  // dials that wait for a connection that somebody else opens, or for its SETTINGS
  bool stopping_ = false;
};

}  // namespace konduit::transport_grpc
