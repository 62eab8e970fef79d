#pragma once

#include <memory>

#include "http-connect/request.hpp"
#include "konduit/connection.hpp"
#include "konduit/frontend.hpp"
#include "konduit/task_group.hpp"
#include "konduit/waiting_line.hpp"

namespace konduit::http_connect {

/// The connections of one shard, each until its tunnel belongs to the core.
class HttpConnectPart final : public FrontendPart, private Listener::Handler {
 public:
  /// `settings` outlives the part.
  HttpConnectPart(Shard& shard, Dialer& dialer, AuthenticatorPart* authenticator, Host& host, const Settings& settings,
                  std::shared_ptr<Listener> listener);

  awaitable<void> start() override;
  awaitable<void> drain(TimePoint deadline) override;
  awaitable<void> stop() override;

 private:
  void on_connection(Connection connection) override;

  Shard& shard_;
  const std::shared_ptr<Listener> listener_;  // shared with the component and the core's registry
  Measures measures_;
  InFlight in_flight_;
  WaitingLine strangers_;  // who has not said yet what it wants
  TaskGroup heads_;        // of strangers
  TaskGroup requests_;     // those that have
  const Surroundings surroundings_;
};

}  // namespace konduit::http_connect
