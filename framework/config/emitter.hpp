#pragma once

#include <string>

#include "konduit/config.hpp"

namespace konduit::config {

struct EmitOptions {
  bool origins = false;  ///< A comment behind every value that is not from a file: "# default", "# environment", ...
  bool show_secrets = false;  ///< Otherwise "(hidden)" stands for them.
  bool omit_nulls = true;     ///< Leave out keys without a value: what is left is a valid document.
};

/// `node` as YAML text that read_text() reads back to an equal tree (but for hidden secrets and omitted nulls). Equal
/// trees give equal text.
std::string emit(const Node& node, const EmitOptions& options = {});

}  // namespace konduit::config
