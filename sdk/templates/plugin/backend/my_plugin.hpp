#pragma once

#include <konduit/backend.hpp>
#include <konduit/connection.hpp>

#include <memory>
#include <string>

namespace my_plugin_plugin {

/// Leads every dial to one and the same place, whatever its target is.
class MyPlugin final : public konduit::Backend {
 public:
  /// Pure: reads its configuration, and reports what a schema cannot express.
  MyPlugin(const konduit::config::Node& node, konduit::Host& host);

  konduit::awaitable<void> prepare() override;
  std::unique_ptr<konduit::BackendPart> attach(konduit::Attachment& attachment) override;

 private:
  const konduit::config::Node node_;
  konduit::Host& host_;
  std::shared_ptr<konduit::Connector> connector_;  // shared with the core
};

/// The half that works on one shard: every call comes on that shard's thread, so it needs no lock.
class MyPluginPart final : public konduit::BackendPart {
 public:
  /// `connector` outlives the part.
  MyPluginPart(konduit::Shard& shard, konduit::Connector& connector, std::string url, konduit::Duration patience);

  konduit::awaitable<konduit::DialResult<konduit::StreamPtr>> dial(const konduit::DialRequest& request) override;

 private:
  konduit::Shard& shard_;
  konduit::Connector& connector_;
  const std::string url_;
  const konduit::Duration patience_;
};

}  // namespace my_plugin_plugin
