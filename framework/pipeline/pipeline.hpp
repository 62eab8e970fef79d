#pragma once

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "konduit/backend.hpp"
#include "konduit/event.hpp"
#include "konduit/filter.hpp"
#include "konduit/frontend.hpp"
#include "konduit/log.hpp"
#include "konduit/metrics.hpp"
#include "konduit/shard.hpp"
#include "pipeline/open_tunnel.hpp"
#include "pipeline/tunnel_quota.hpp"
#include "relay/relay.hpp"

namespace konduit::pipeline {

/// The parts, on one shard, that a pipeline is made of. Borrowed: they outlive it.
struct PipelineParts {
  std::vector<FilterPart*> filters;
  BackendPart* backend = nullptr;
};

/// A pipeline on one shard: runs dials through filters to the backend, and owns the tunnels that came of them.
///
/// Thread: the shard's. REQUIRES: no tunnels and no dials when it is destroyed (cut() and the frontends' stop() see to
/// it).
class Pipeline final : public Dialer {
 public:
  /// `name` is the document's. `quota` and `budget` are shared by all pipelines of the process and outlive them.
  Pipeline(Shard& shard, std::string name, PipelineParts parts, const relay::RelaySettings& settings,
           TunnelQuota& quota, MemoryBudget& budget, Logger& log, Metrics& metrics);
  ~Pipeline();

  awaitable<DialResult<std::unique_ptr<Tunnel>>> dial(DialRequest request) override;

  /// Dials under way and tunnels.
  std::size_t active() const noexcept { return dialing_ + open_; }
  /// Completes when nothing is active, or at `deadline`. True if nothing is.
  awaitable<bool> idle(TimePoint deadline);
  /// Ends all tunnels at once; `why` goes into their accounts.
  void cut(ResetReason reason, std::string_view why);

  // For the tunnels.
  std::string_view name() const noexcept { return name_; }
  Shard& shard() noexcept { return shard_; }
  std::span<FilterPart* const> filters() const noexcept { return parts_.filters; }
  relay::RelayContext& relay_context() noexcept { return relay_context_; }
  /// Takes a tunnel whose relay has begun.
  void adopt(std::unique_ptr<OpenTunnel> tunnel);
  /// Destroys a tunnel that has ended by itself.
  void ended(OpenTunnel& tunnel);
  /// A tunnel that was open so long has ended.
  void measure_tunnel(Duration open_time) noexcept;
  void log_end(const TunnelSummary& summary) noexcept;
  /// A tunnel was ended so that others can go on.
  void cut_over_budget(const DialRequest& request) noexcept;
  /// In a catch clause: logs what the filter at this place, counted from 1, threw. The answer is what a client may know
  /// of it.
  DialError filter_threw(std::size_t place);
  void tunnel_opened() noexcept;
  void tunnel_gone() noexcept;

 private:
  awaitable<DialResult<StreamPtr>> ask(OpenTunnel& tunnel);
  DialError part_threw(std::string_view part);
  /// A dial under way.
  class Dialing {
   public:
    explicit Dialing(Pipeline& pipeline) noexcept : pipeline_(pipeline) {
      ++pipeline_.dialing_;
      pipeline_.idle_.clear();
    }
    ~Dialing() { pipeline_.leave(pipeline_.dialing_); }
    Dialing(const Dialing&) = delete;
    Dialing& operator=(const Dialing&) = delete;

   private:
    Pipeline& pipeline_;
  };

  void leave(std::size_t& count) noexcept;

  Shard& shard_;
  const std::string name_;
  PipelineParts parts_;
  TunnelQuota& quota_;
  Logger& log_;
  relay::RelayContext relay_context_;
  boost::intrusive::list<OpenTunnel, boost::intrusive::constant_time_size<false>> tunnels_;
  std::size_t dialing_ = 0;
  std::size_t open_ = 0;
  Event idle_;
  Counter& dials_ok_;
  Counter& dials_failed_;
  Gauge& tunnels_open_;
  Counter& tunnels_cut_;
  Histogram& dial_seconds_;
  Histogram& open_seconds_;
};

}  // namespace konduit::pipeline
