#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/component_catalog.hpp"
#include "config/configuration.hpp"
#include "runtime/environment.hpp"
#include "runtime/live_component.hpp"

namespace konduit::runtime {

/// Rehearses the dials of a document's `tests`: through its real filters, and through those of its backends that pick
/// among others, none of which is prepared. For every other backend somebody stands in who says that it was asked. So
/// nothing is connected, listened on, opened or written.
///
/// Thread: the control shard's.
class Rehearsal {
 public:
  /// Both are borrowed.
  Rehearsal(Environment& environment, const config::Configuration& configuration);
  ~Rehearsal();

  /// Makes what the dials go through. Pure.
  void create(const config::ComponentCatalog& catalog, config::Problems& problems);
  /// How many dials came otherwise than expected; `problems` says which. Empty where the tests cannot be run, and
  /// `problems` says why. Once, after create().
  awaitable<std::optional<std::size_t>> run(config::Problems& problems);

 private:
  bool is_needed(const config::ComponentConfig& component) const;
  bool stands_for_others(const config::ComponentConfig& component) const;
  LiveComponent* find(ComponentKind kind, std::string_view id) const noexcept;
  void attach();
  awaitable<void> detach();
  awaitable<bool> comes_as_expected(const config::DialTest& test, config::Problems& problems);
  awaitable<std::string> outcome_of(const config::DialTest& test, std::string* text);

  Environment& environment_;
  const config::Configuration& configuration_;
  std::vector<std::unique_ptr<LiveComponent>> components_;  // each after what it refers to
  std::string asked_;                                       // the backend that was asked last
};

}  // namespace konduit::runtime
