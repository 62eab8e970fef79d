#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "konduit/discovery.hpp"
#include "konduit/event.hpp"
#include "konduit/frontend.hpp"
#include "konduit/task_group.hpp"
#include "transport-grpc/futile_search.hpp"
#include "transport-grpc/packet_counters.hpp"
#include "transport-grpc/retired.hpp"
#include "transport-grpc/sync_pace.hpp"
#include "transport-grpc/uplink_session.hpp"

namespace konduit::transport_grpc {

class UplinkFrontend;

/// The uplink on the control shard: keeps one session to each server. Behind a load balancer nobody can choose the
/// server: it connects until as many different ones as there should be are held, and lets go of those it has already.
class UplinkPart final : public FrontendPart, private UplinkSession::Owner, private DiscoveryPart::Observer {
 public:
  UplinkPart(UplinkFrontend& frontend, Attachment& attachment, Dialer& dialer);
  ~UplinkPart() override;

  awaitable<void> start() override;
  awaitable<void> drain(TimePoint deadline) override;
  awaitable<void> stop() override;

  /// Different servers that are connected.
  std::size_t servers() const noexcept;
  /// How many there should be.
  std::size_t wanted() const;

 private:
  enum class Outcome { fresh, duplicate, failed };

  static awaitable<void> sync(UplinkPart* part);

  /// No dial and no tunnel of any server.
  bool idle() const;
  /// And all they wrote has left.
  bool settled() const;
  awaitable<Outcome> attempt();
  Outcome judge(UplinkSession& session);
  bool lacking() const { return servers() < wanted(); }
  /// When to connect next: soon where a server is missing, else rarely, since there may be more than anybody said.
  TimePoint next() const { return lacking() ? next_attempt_ : next_look_; }
  void plan_look(Outcome outcome, double chance);
  void met_again(const UplinkSession& session);
  void plan_next(Outcome outcome);
  /// The next address, those without a session first; empty where none is known.
  std::string next_url();
  http2::Headers request(const std::string& url) const;
  /// The bearer token, read anew for every connection since it is renewed on disk; nothing without a token file.
  std::optional<std::string> read_token() const;
  void update_gauges();

  void on_discovery_changed() override;
  /// Servers came or went: the search begins anew, soon.
  void search_anew();

  void session_idle(UplinkSession& session) override;
  void session_going_away(UplinkSession& session) override;
  void session_closed(UplinkSession& session, std::string_view text) override;

  Shard& shard_;
  UplinkFrontend& frontend_;
  Logger& log_;
  DiscoveryPart& servers_;
  DiscoveryPart* count_ = nullptr;
  TaskGroup tasks_;
  PacketCounters counters_;
  Offenders offenders_;
  Gauge& connected_;
  Gauge& wanted_;
  Counter& failures_;
  UplinkService service_;
  SyncPace pace_;
  std::minstd_rand random_;
  std::map<std::uint64_t, std::unique_ptr<UplinkSession>> sessions_;  // by number
  Retired<UplinkSession> retired_;
  std::uint64_t last_number_ = 0;
  std::size_t next_url_ = 0;
  std::optional<unsigned> announced_count_;
  FutileSearch futile_;
  const Duration look_;
  std::size_t wanted_before_ = 1;
  TimePoint next_attempt_{};
  TimePoint next_look_ = TimePoint::max();
  TimePoint last_loss_ = TimePoint::min();
  bool leaving_ = false;
  Event wake_;
  Event changed_;  // a session became idle or closed
};

}  // namespace konduit::transport_grpc
