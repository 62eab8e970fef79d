#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/problem.hpp"
#include "loader/plugin_loader.hpp"
#include "rule.hpp"

namespace konduit::conformance {

/// A plugin, loaded as konduit loads it, with the bundled transports beside it, whose schemas listen endpoints have.
class PluginUnderTest {
 public:
  /// What is wrong goes to `error`; subjects() are then empty.
  PluginUnderTest(const std::filesystem::path& plugin, const std::filesystem::path& settings, std::string& error);

  std::span<const Subject> subjects() const noexcept { return subjects_; }

 private:
  std::vector<Subject> subjects_;
};

/// Checks `node` as the configuration of a component; of what it refers to, only the spelling. A transport is
/// configured by a listening endpoint.
config::Node check_node(const config::Node& node, const ComponentDescriptor& component, config::Problems& problems,
                        std::vector<config::ComponentKey>* references = nullptr);
config::Node check_node(const config::Node& node, const config::Schema& schema, config::Problems& problems,
                        std::vector<config::ComponentKey>* references = nullptr);

}  // namespace konduit::conformance
