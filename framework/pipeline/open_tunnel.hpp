#pragma once

#include <boost/intrusive/list_hook.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "konduit/dial.hpp"
#include "konduit/filter.hpp"
#include "pipeline/tunnel_quota.hpp"
#include "relay/relay.hpp"

namespace konduit::pipeline {

class Pipeline;

/// One dial from its first filter to the end of its tunnel. Every filter that was asked is told the end, exactly once.
///
/// Thread: the pipeline's shard. Owned by the dial until it is spliced, then by the pipeline's list of tunnels.
class OpenTunnel final : public boost::intrusive::list_base_hook<>,
                         private relay::Relay::Owner,
                         private ResolutionCheck {
 public:
  OpenTunnel(Pipeline& pipeline, DialRequest request);
  ~OpenTunnel();
  OpenTunnel(const OpenTunnel&) = delete;
  OpenTunnel& operator=(const OpenTunnel&) = delete;

  const DialRequest& request() const noexcept { return request_; }

  void take_place(TunnelQuota::Place place) noexcept { place_ = std::move(place); }
  /// Asks the filters in their order; the first that denies ends it.
  awaitable<DialResult<void>> ask_filters();
  /// The backend's stream has come: lets the filters wrap it. Where one throws, the dial fails.
  DialResult<void> opened(StreamPtr target);
  /// The dial failed.
  void failed(const DialError& error);
  /// Relays from now on.
  void splice(StreamPtr client);
  /// Ends the tunnel at once, with the word that the account gets. The object stays.
  void cut(ResetReason reason, std::string_view why);

 private:
  awaitable<DialResult<void>> resolved(std::vector<asio::ip::address>& addresses) override;
  void on_relay_end(const relay::RelayOutcome& outcome) override;
  void tell_end(TunnelSummary summary) noexcept;

  Pipeline& pipeline_;
  DialRequest request_;
  TunnelQuota::Place place_;
  TimePoint began_;
  TimePoint opened_at_{};
  std::size_t filters_asked_ = 0;
  StreamPtr target_;
  std::optional<relay::Relay> relay_;
  bool told_ = false;
};

}  // namespace konduit::pipeline
