#pragma once

#include <memory>
#include <string>

#include "konduit/connection.hpp"

namespace konduit::conformance {

/// `connector`, with everything that is written to its connections kept in `said`, which outlives them.
std::shared_ptr<Connector> recording(std::shared_ptr<Connector> connector, std::string& said);

}  // namespace konduit::conformance
