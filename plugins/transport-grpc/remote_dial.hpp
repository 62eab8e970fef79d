#pragma once

#include <boost/asio/cancellation_signal.hpp>

#include <memory>
#include <optional>
#include <utility>

#include "konduit/dial.hpp"
#include "konduit/event.hpp"
#include "konduit/shard.hpp"

namespace konduit::transport_grpc {

/// A dial by one shard over an agent that lives on another. Shared by the two tasks; each touches its own half only.
struct RemoteDial {
  explicit RemoteDial(Shard& home_shard) : home(home_shard), answered(home_shard) {}

  Shard& home;

  // The dialling shard's.
  Event answered;
  std::optional<DialResult<StreamPtr>> result;
  bool abandoned = false;

  // The agent's shard's.
  asio::cancellation_signal cancel;
  bool cancelled = false;

  /// On the agent's shard: sends the answer home. Nobody may be waiting for it any more; it is then dropped there.
  static void answer(std::shared_ptr<RemoteDial> dial, DialResult<StreamPtr> result) {
    Shard& home = dial->home;
    home.post([dial = std::move(dial), result = std::move(result)]() mutable {
      if (dial->abandoned) return;
      dial->result.emplace(std::move(result));
      dial->answered.set();
    });
  }
};

}  // namespace konduit::transport_grpc
