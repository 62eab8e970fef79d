#pragma once

#include <konduit/selector.hpp>

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace my_plugin_plugin {

/// Picks one and the same agent for every dial to a host, as long as that agent is there: caches on its way stay warm.
class MyPlugin final : public konduit::Selector {
 public:
  MyPlugin(const konduit::config::Node& node, konduit::Host& host);
  std::unique_ptr<konduit::SelectorPart> attach(konduit::Attachment& attachment) override;

 private:
  const std::string salt_;
};

class MyPluginPart final : public konduit::SelectorPart {
 public:
  explicit MyPluginPart(std::string salt) : salt_(std::move(salt)) {}
  std::unique_ptr<const konduit::AgentIndex> build(std::span<const konduit::AgentPtr> agents) override;

 private:
  const std::string salt_;
};

/// Rendezvous hashing: when an agent goes, only its own hosts move. It may outlive its part, so it refers to nothing.
class MyPluginIndex final : public konduit::AgentIndex {
 public:
  MyPluginIndex(std::span<const konduit::AgentPtr> agents, std::string salt);

  konduit::AgentPtr pick(const konduit::DialRequest& request,
                         std::span<const konduit::AgentPtr> excluded) const override;
  bool has_agents() const noexcept override { return !agents_.empty(); }
  std::size_t size() const noexcept override { return agents_.size(); }

 private:
  const std::vector<konduit::AgentPtr> agents_;
  const std::string salt_;
};

}  // namespace my_plugin_plugin
