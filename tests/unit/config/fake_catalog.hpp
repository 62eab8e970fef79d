#pragma once

#include "config/component_catalog.hpp"

namespace konduit::config::testing {

/// A catalog with components like the bundled ones, all of "plugins" named after their kind: "fake-frontend".
class FakeCatalog final : public ComponentCatalog, public UrlCheck {
 public:
  const ComponentDescriptor* find(ComponentKind kind, std::string_view type) const override;
  std::vector<std::string_view> types(ComponentKind kind) const override;
  std::string_view plugin(ComponentKind kind, std::string_view type) const override;

  /// tcp needs a port, uds an absolute path.
  std::string check(std::string_view scheme, const std::string& url) const override;
};

}  // namespace konduit::config::testing
