#include "pipeline/open_tunnel.hpp"

#include <utility>

#include "pipeline/filter_chain.hpp"
#include "pipeline/pipeline.hpp"

namespace konduit::pipeline {

OpenTunnel::OpenTunnel(Pipeline& pipeline, DialRequest request)
    : pipeline_(pipeline), request_(std::move(request)), began_(pipeline.shard().now()) {
  request_.resolution = this;
}

OpenTunnel::~OpenTunnel() { cut(ResetReason::cancelled, "abandoned"); }

awaitable<DialResult<void>> OpenTunnel::ask_filters() {
  try {
    co_return co_await ask_about_dial(pipeline_.filters(), request_, filters_asked_);
  } catch (...) {
    co_return pipeline_.filter_threw(filters_asked_);
  }
}

awaitable<DialResult<void>> OpenTunnel::resolved(std::vector<asio::ip::address>& addresses) {
  std::size_t asked = 0;
  try {
    co_return co_await ask_about_addresses(pipeline_.filters(), request_, addresses, asked);
  } catch (...) {
    co_return pipeline_.filter_threw(asked);
  }
}

DialResult<void> OpenTunnel::opened(StreamPtr target) {
  request_.resolution = nullptr;
  const auto filters = pipeline_.filters();
  for (std::size_t i = 0; i != filters.size(); ++i) {
    try {
      target = filters[i]->on_stream(request_, std::move(target));
    } catch (...) {
      return pipeline_.filter_threw(i + 1);
    }
  }
  opened_at_ = pipeline_.shard().now();
  target_ = std::move(target);
  return {};
}

void OpenTunnel::failed(const DialError& error) {
  tell_end({.error = &error, .dial_time = pipeline_.shard().now() - began_, .end = to_string(error.code)});
}

void OpenTunnel::splice(StreamPtr client) {
  relay_.emplace(pipeline_.relay_context(), std::move(client), std::move(target_),
                 static_cast<relay::Relay::Owner&>(*this));
  relay_->start();
}

void OpenTunnel::cut(ResetReason reason, std::string_view why) {
  relay::RelayOutcome outcome{.end = why};
  if (relay_) {
    outcome.bytes_to_target = relay_->bytes_to_target();
    outcome.bytes_to_client = relay_->bytes_to_client();
    relay_->reset(reason);
  } else if (target_) {
    target_->reset(reason);
  }
  tell_end({.bytes_to_target = outcome.bytes_to_target, .bytes_to_client = outcome.bytes_to_client, .end = why});
  target_ = nullptr;
}

void OpenTunnel::on_relay_end(const relay::RelayOutcome& outcome) {
  if (outcome.over_budget) pipeline_.cut_over_budget(request_);
  tell_end(
      {.bytes_to_target = outcome.bytes_to_target, .bytes_to_client = outcome.bytes_to_client, .end = outcome.end});
  pipeline_.ended(*this);
}

void OpenTunnel::tell_end(TunnelSummary summary) noexcept {
  if (std::exchange(told_, true)) return;
  summary.request = &request_;
  summary.pipeline = pipeline_.name();
  if (relay_) {
    summary.remote = relay_->remote();
  } else if (target_) {
    summary.remote = target_->remote();
  }
  if (!summary.error && opened_at_ != TimePoint{}) {
    summary.dial_time = opened_at_ - began_;
    summary.open_time = pipeline_.shard().now() - opened_at_;
    pipeline_.measure_tunnel(summary.open_time);
  }
  const auto filters = pipeline_.filters();
  for (std::size_t i = filters_asked_; i != 0; --i) {
    try {
      filters[i - 1]->on_end(summary);
    } catch (...) {
      (void)pipeline_.filter_threw(i);
    }
  }
  pipeline_.log_end(summary);
}

}  // namespace konduit::pipeline
