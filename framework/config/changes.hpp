#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/configuration.hpp"

namespace konduit::config {

/// What becomes of a part of a document when a newer document takes its place.
enum class Fate : std::uint8_t { kept, changed, added, removed };

std::string_view to_string(Fate fate) noexcept;

/// A value that differs, as text; a secret's is never shown.
struct Difference {
  std::string path;
  std::string before;
  std::string after;

  /// "path: before -> after"
  std::string text() const;
};

/// The leaves in which two trees differ. The order of a map's keys makes no difference, that of a list does.
std::vector<Difference> differences(const Node& older, const Node& newer);

struct Change {
  std::string name;  ///< "backends.agents/main", "pipelines.cluster".
  Fate fate;
  std::vector<Difference> differences;
  std::vector<std::string> because;  ///< What else has changed that this one refers to, a sentence each.
};

/// What a reload of `newer` over `older` does. A component is kept when its settings are equal and all that it refers
/// to is kept. A pipeline and its frontends are kept or made anew together: tunnels go on in the pipeline that they
/// began in, and need the frontend that they came by. What is kept goes on with its sockets, connections and tunnels.
class Changes {
 public:
  Changes(const Configuration& older, const Configuration& newer);

  bool keeps(ComponentKind kind, std::string_view id) const noexcept;
  bool keeps_pipeline(std::string_view name) const noexcept;

  /// In the order of the newer document, then what has gone.
  const std::vector<Change>& components() const noexcept { return components_; }
  const std::vector<Change>& pipelines() const noexcept { return pipelines_; }
  /// What takes effect only when the process is started anew.
  const std::vector<Difference>& at_restart() const noexcept { return at_restart_; }
  /// True if nothing differs that a reload could change.
  bool none() const noexcept;

 private:
  void compare_pipelines(const Configuration& older, const Configuration& newer);
  void spread_to_frontends(const Configuration& older, const Configuration& newer);
  void list_removed(const Configuration& older, const Configuration& newer);
  Change compare_component(const Configuration& older, const ComponentConfig& component) const;
  void compare_rest(const Node& older, const Node& newer);

  std::vector<Change> components_;
  std::vector<Change> pipelines_;
  std::vector<Difference> at_restart_;
};

}  // namespace konduit::config
