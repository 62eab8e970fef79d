#pragma once

#include <string>
#include <vector>

#include "listener/listener_registry.hpp"

namespace konduit::runtime {

/// Writes `{"listeners": [{"id": …, "url": …}, …]}` to `path` so that a reader sees either nothing or all of it. Throws
/// StartError naming the path.
void write_ready_file(const std::string& path, const std::vector<listener::ListenerRegistry::Bound>& listeners);

}  // namespace konduit::runtime
