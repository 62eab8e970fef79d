#include "my_plugin.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <utility>

namespace my_plugin_plugin {
namespace {

/// FNV-1a (64 bits), with a last mixing: the same on every machine and in every process.
std::uint64_t hash(std::string_view text, std::uint64_t value) noexcept {
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  value = (value ^ (value >> 33)) * 0xff51afd7ed558ccdULL;
  return value ^ (value >> 33);
}

}  // namespace

MyPlugin::MyPlugin(const konduit::config::Node& node, konduit::Host&) : salt_(node["salt"].text()) {}

std::unique_ptr<konduit::SelectorPart> MyPlugin::attach(konduit::Attachment&) {
  return std::make_unique<MyPluginPart>(salt_);
}

std::unique_ptr<const konduit::AgentIndex> MyPluginPart::build(std::span<const konduit::AgentPtr> agents) {
  return std::make_unique<MyPluginIndex>(agents, salt_);
}

MyPluginIndex::MyPluginIndex(std::span<const konduit::AgentPtr> agents, std::string salt)
    : agents_(agents.begin(), agents.end()), salt_(std::move(salt)) {}

konduit::AgentPtr MyPluginIndex::pick(const konduit::DialRequest& request,
                                      std::span<const konduit::AgentPtr> excluded) const {
  const std::uint64_t host = hash(request.target.host, hash(salt_, 0xcbf29ce484222325ULL));
  const konduit::AgentPtr* best = nullptr;
  std::tuple<bool, std::uint64_t> best_rank;
  for (const auto& agent : agents_) {
    if (std::ranges::find(excluded, agent) != excluded.end()) continue;
    // Whoever drains comes last; of one agent's connections the oldest serves, as the snapshot is in that order.
    const std::tuple rank(!agent->draining.load(std::memory_order_relaxed), hash(agent->id, host));
    if (best && rank <= best_rank) continue;
    best = &agent;
    best_rank = rank;
  }
  return best ? *best : nullptr;
}

}  // namespace my_plugin_plugin
