#pragma once

#include <memory>

#include <konduit/authenticator.hpp>
#include <konduit/connection.hpp>
#include <konduit/event.hpp>
#include <konduit/frontend.hpp>
#include <konduit/task_group.hpp>

#include "frontend.hpp"
#include "messages.hpp"

namespace socks5 {

/// The clients of one shard, each until its tunnel belongs to the core.
class Socks5Part final : public konduit::FrontendPart, private konduit::Listener::Handler {
 public:
  /// `authenticator` may be null. All but the listener outlive the part.
  Socks5Part(konduit::Shard& shard, konduit::Dialer& dialer, konduit::AuthenticatorPart* authenticator,
             konduit::Host& host, const Settings& settings, std::shared_ptr<konduit::Listener> listener);

  konduit::awaitable<void> start() override;
  /// Accepts nobody any more; completes when those that are here have their answers.
  konduit::awaitable<void> drain(konduit::TimePoint deadline) override;
  konduit::awaitable<void> stop() override;

 private:
  friend class Session;

  void on_connection(konduit::Connection connection) override;
  static konduit::awaitable<void> serve(Socks5Part* self, konduit::Connection connection);

  konduit::Shard& shard_;
  konduit::Dialer& dialer_;
  konduit::AuthenticatorPart* const authenticator_;
  konduit::Host& host_;
  const Settings& settings_;
  const std::shared_ptr<konduit::Listener> listener_;  // shared with the component and the core
  konduit::Gauge& clients_;
  konduit::Counter& tunnels_;
  konduit::Counter& refusals_;
  konduit::TaskGroup sessions_;
  konduit::Event idle_;
};

}  // namespace socks5
