#include "pipeline/pipeline.hpp"

#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <utility>

#include "konduit/thrown.hpp"

namespace konduit::pipeline {

namespace {

/// What a frontend holds between the dial and splice().
class DialledTunnel final : public Tunnel {
 public:
  DialledTunnel(Pipeline& pipeline, std::unique_ptr<OpenTunnel> tunnel)
      : pipeline_(pipeline), tunnel_(std::move(tunnel)) {
    pipeline_.tunnel_opened();
  }
  ~DialledTunnel() override {
    if (!tunnel_) return;
    tunnel_.reset();
    pipeline_.tunnel_gone();
  }

  void splice(StreamPtr client) override {
    OpenTunnel& tunnel = *tunnel_;
    pipeline_.adopt(std::move(tunnel_));
    tunnel.splice(std::move(client));
  }

 private:
  Pipeline& pipeline_;
  std::unique_ptr<OpenTunnel> tunnel_;
};

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

Pipeline::Pipeline(Shard& shard, std::string name, PipelineParts parts, const relay::RelaySettings& settings,
                   TunnelQuota& quota, MemoryBudget& budget, Logger& log, Metrics& metrics)
    : shard_(shard),
      name_(std::move(name)),
      parts_(std::move(parts)),
      quota_(quota),
      log_(log),
      relay_context_{shard,
                     settings,
                     budget,
                     {},
                     metrics.counter("konduit_tunnel_bytes_total", "Bytes relayed.", {{"direction", "to_target"}}),
                     metrics.counter("konduit_tunnel_bytes_total", "Bytes relayed.", {{"direction", "to_client"}})},
      idle_(shard),
      dials_ok_(metrics.counter("konduit_dials_total", "Dials that ended, by result.", {{"result", "ok"}})),
      dials_failed_(metrics.counter("konduit_dials_total", "Dials that ended, by result.", {{"result", "error"}})),
      tunnels_open_(metrics.gauge("konduit_tunnels", "Tunnels that are open now.")),
      tunnels_cut_(metrics.counter("konduit_tunnels_cut_total",
                                   "Tunnels that were ended so that others can go on, by what they did.",
                                   {{"reason", "memory_budget"}})),
      dial_seconds_(metrics.histogram("konduit_dial_duration_seconds", "Time from a dial request to its answer.",
                                      {0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 30})),
      open_seconds_(metrics.histogram("konduit_tunnel_duration_seconds", "How long tunnels were open.",
                                      {1, 5, 15, 30, 60, 300, 900, 1800, 3600, 14400, 43200, 86400})) {
  idle_.set();
}

Pipeline::~Pipeline() { cut(ResetReason::cancelled, "stopped"); }

awaitable<DialResult<std::unique_ptr<Tunnel>>> Pipeline::dial(DialRequest request) {
  const Dialing dialing(*this);
  co_await asio::this_coro::throw_if_cancelled(false);
  const TimePoint began = shard_.now();
  auto tunnel = std::make_unique<OpenTunnel>(*this, std::move(request));
  auto stream = co_await ask(*tunnel);
  const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
  if (stream.has_value() && cancelled != asio::cancellation_type::none) {
    (*stream)->reset(ResetReason::cancelled);
    stream = DialError{DialErrc::cancelled, false, "the client gave up"};
  }
  if (stream.has_value()) {
    if (auto opened = tunnel->opened(std::move(*stream)); opened.has_error()) stream = std::move(opened).error();
  }
  dial_seconds_.observe(seconds(shard_.now() - began));
  (stream.has_value() ? dials_ok_ : dials_failed_).add();
  if (stream.has_error()) {
    tunnel->failed(stream.error());
    co_return std::move(stream).error();
  }
  co_return std::make_unique<DialledTunnel>(*this, std::move(tunnel));
}

awaitable<DialResult<StreamPtr>> Pipeline::ask(OpenTunnel& tunnel) {
  auto place = quota_.take(tunnel.request().peer);
  if (place.has_error()) co_return std::move(place).error();
  tunnel.take_place(std::move(*place));
  if (!filters().empty()) {
    auto allowed = co_await tunnel.ask_filters();
    if (allowed.has_error()) co_return std::move(allowed).error();
  }
  try {
    co_return co_await parts_.backend->dial(tunnel.request());
  } catch (...) {
    co_return part_threw("backend");
  }
}

DialError Pipeline::filter_threw(std::size_t place) {
  return part_threw("filters[" + std::to_string(place == 0 ? 0 : place - 1) + "]");
}

DialError Pipeline::part_threw(std::string_view part) {
  if (thrown_by_cancellation()) return {DialErrc::cancelled, false, "the client gave up"};
  log_.error("a part of a pipeline threw an exception",
             {{"pipeline", name_}, {"part", part}, {"what", words_of_thrown()}});
  return {DialErrc::refused, false, "internal error of the proxy; its log says more"};
}

awaitable<bool> Pipeline::idle(TimePoint deadline) {
  const auto error = co_await idle_.wait(deadline);
  co_return !error;
}

void Pipeline::cut(ResetReason reason, std::string_view why) {
  while (!tunnels_.empty()) {
    OpenTunnel& tunnel = tunnels_.front();
    tunnel.cut(reason, why);
    ended(tunnel);
  }
}

void Pipeline::adopt(std::unique_ptr<OpenTunnel> tunnel) { tunnels_.push_back(*tunnel.release()); }

void Pipeline::ended(OpenTunnel& tunnel) {
  tunnels_.erase_and_dispose(tunnels_.iterator_to(tunnel), std::default_delete<OpenTunnel>());
  tunnel_gone();
}

void Pipeline::measure_tunnel(Duration open_time) noexcept { open_seconds_.observe(seconds(open_time)); }

void Pipeline::log_end(const TunnelSummary& summary) noexcept {
  const LogLevel level = summary.error ? LogLevel::info : LogLevel::debug;
  if (!log_.enabled(level)) return;
  const DialRequest& request = *summary.request;
  const std::string target = request.target.text();
  if (summary.error) {
    log_.info("dial failed", {{"target", target},
                              {"frontend", request.frontend},
                              {"peer", request.peer.address},
                              {"class", to_string(summary.error->code)},
                              {"error", summary.error->text}});
    return;
  }
  log_.debug("tunnel ended", {{"target", target},
                              {"frontend", request.frontend},
                              {"peer", request.peer.address},
                              {"remote", summary.remote},
                              {"end", summary.end},
                              {"to_target", summary.bytes_to_target},
                              {"to_client", summary.bytes_to_client},
                              {"open_seconds", seconds(summary.open_time)}});
}

void Pipeline::cut_over_budget(const DialRequest& request) noexcept {
  tunnels_cut_.add();
  log_.warning(MemoryBudget::kTunnelEnded,
               {{"target", request.target.text()}, {"frontend", request.frontend}, {"peer", request.peer.address}});
}

void Pipeline::tunnel_opened() noexcept {
  ++open_;
  idle_.clear();
  tunnels_open_.add(1);
}

void Pipeline::tunnel_gone() noexcept {
  tunnels_open_.add(-1);
  leave(open_);
}

void Pipeline::leave(std::size_t& count) noexcept {
  --count;
  if (active() == 0) idle_.set();
}

}  // namespace konduit::pipeline
