#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "config/problem.hpp"
#include "konduit/config.hpp"

namespace konduit::config {

/// What a document may be at most. Beyond any real one, and small enough that a hostile one costs little.
struct DocumentLimits {
  std::size_t bytes = std::size_t{1} << 20;
  std::size_t depth = 64;
  std::size_t nodes = 100'000;
};

/// Reads one YAML document into a tree in which every node has its mark and its path. `file` names it in messages.
///
/// Stricter than YAML 1.2: duplicate keys, keys that are not scalars, further documents, text left over, anchors,
/// aliases and tags (but !!str) are errors. Empty when no tree could be made; then `problems` says why. A tree can come
/// with problems too.
std::optional<Node> parse(std::string_view text, std::string file, Problems& problems,
                          const DocumentLimits& limits = {});

}  // namespace konduit::config
