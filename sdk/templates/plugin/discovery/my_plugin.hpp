#pragma once

#include <konduit/discovery.hpp>

#include <memory>
#include <string>
#include <vector>

namespace my_plugin_plugin {

class MyPluginPart;

/// Servers by a file that has their urls, one a line, and may change while it is used.
class MyPlugin final : public konduit::Discovery {
 public:
  MyPlugin(const konduit::config::Node& node, konduit::Host& host);

  konduit::awaitable<void> prepare() override;
  std::unique_ptr<konduit::DiscoveryPart> attach(konduit::Attachment& attachment) override;

  /// What the file says now, in its order.
  const std::vector<std::string>& servers() const noexcept { return servers_; }
  /// Who is told of changes from now on; null for nobody.
  void tell(MyPluginPart* part) noexcept { part_ = part; }

 private:
  /// Throws StartError, and leaves what was known, if the file cannot be read or is wrong.
  void read();

  konduit::Host& host_;
  const std::string file_;
  std::vector<std::string> servers_;
  MyPluginPart* part_ = nullptr;  ///< Of the control shard, where the file is read too: no lock is needed.
};

/// Answers what the file says now.
class MyPluginPart final : public konduit::DiscoveryPart {
 public:
  /// `discovery` outlives the part.
  explicit MyPluginPart(MyPlugin& discovery) : discovery_(discovery) { discovery_.tell(this); }
  ~MyPluginPart() override { discovery_.tell(nullptr); }

  std::vector<std::string> servers() const override { return discovery_.servers(); }
  void changed() { notify(); }

 private:
  MyPlugin& discovery_;
};

}  // namespace my_plugin_plugin
