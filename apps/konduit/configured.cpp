#include "configured.hpp"

namespace konduit::app {

std::optional<config::Configuration> configured(runtime::Platform& platform,
                                                const std::optional<config::Node>& document, config::Problems& problems,
                                                std::vector<std::string>& refused) {
  if (!document) return std::nullopt;
  refused = platform.load(config::read_plugins(*document, problems));
  return refused.empty() ? platform.configure(*document, problems) : std::nullopt;
}

}  // namespace konduit::app
