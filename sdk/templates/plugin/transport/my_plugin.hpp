#pragma once

#include <konduit/transport.hpp>

#include <memory>
#include <string>

namespace my_plugin_plugin {

/// Carries bytes over Unix sockets with abstract names (unix(7)): "my-plugin://NAME". Such a name has no file, so there
/// is nothing to remove and nothing that permissions could be set on: whoever shares the network namespace may connect.
/// To listen on "my-plugin://" is to let the system choose a name.
class MyPlugin final : public konduit::Transport {
 public:
  MyPlugin(const konduit::config::Node&, konduit::Host&) {}

  std::string check(const std::string& url) const override;
  std::unique_ptr<konduit::Binding> bind(const konduit::config::Node& endpoint) const override;
  konduit::awaitable<boost::system::result<konduit::Connection, konduit::Connector::Failure>> connect(
      konduit::Shard& shard, std::string url, konduit::Liveness liveness, konduit::TimePoint deadline) const override;
};

}  // namespace my_plugin_plugin
