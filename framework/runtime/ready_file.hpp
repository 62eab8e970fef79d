#pragma once

#include <string>
#include <vector>

namespace konduit::runtime {

/// An address that a component listens on.
struct BoundListener {
  std::string id;   ///< "type/name"
  std::string url;  ///< With the real port.
};

/// Writes `{"listeners": [{"id": …, "url": …}, …]}` to `path` so that a reader sees either nothing or all of it. Throws
/// StartError naming the path.
void write_ready_file(const std::string& path, const std::vector<BoundListener>& listeners);

}  // namespace konduit::runtime
