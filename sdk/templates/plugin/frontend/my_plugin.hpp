#pragma once

#include <konduit/connection.hpp>
#include <konduit/event.hpp>
#include <konduit/frontend.hpp>
#include <konduit/task_group.hpp>

#include <memory>

namespace my_plugin_plugin {

/// How long clients may take, and wait.
struct Patience {
  konduit::Duration request;
  konduit::Duration dial;
};

/// Serves clients that say in one line where they want to go, "host:port". They are answered "ok", and then have their
/// tunnel, or "error: " and why not. A client waits for its answer before it says more.
class MyPlugin final : public konduit::Frontend {
 public:
  /// Pure: reads its configuration.
  MyPlugin(const konduit::config::Node& node, konduit::Host& host);

  konduit::awaitable<void> prepare() override;
  std::unique_ptr<konduit::FrontendPart> attach(konduit::Attachment& attachment, konduit::Dialer& dialer) override;

 private:
  const konduit::config::Node node_;
  konduit::Host& host_;
  std::shared_ptr<konduit::Listener> listener_;  // shared with the core
};

/// The clients of one shard, each until its tunnel belongs to the core. Every call comes on that shard's thread, so it
/// needs no lock.
class MyPluginPart final : public konduit::FrontendPart, private konduit::Listener::Handler {
 public:
  /// All but the listener outlive the part.
  MyPluginPart(konduit::Shard& shard, konduit::Dialer& dialer, konduit::Host& host, Patience patience,
               std::shared_ptr<konduit::Listener> listener);

  konduit::awaitable<void> start() override;
  /// Accepts nobody any more; completes when those that are here have their answers.
  konduit::awaitable<void> drain(konduit::TimePoint deadline) override;
  konduit::awaitable<void> stop() override;

 private:
  void on_connection(konduit::Connection connection) override;
  static konduit::awaitable<void> serve(MyPluginPart* self, konduit::Connection connection);

  konduit::Shard& shard_;
  konduit::Dialer& dialer_;
  konduit::Host& host_;
  const Patience patience_;
  const std::shared_ptr<konduit::Listener> listener_;  // shared with the component and the core
  konduit::Counter& tunnels_;
  konduit::Counter& refusals_;
  konduit::TaskGroup clients_;
  konduit::Event idle_;
};

}  // namespace my_plugin_plugin
