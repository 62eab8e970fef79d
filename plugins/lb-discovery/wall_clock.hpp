#pragma once

#include <functional>

#include "kube/lease.hpp"

namespace konduit::lb {

/// Answers the time of day, by which leases are judged.
using WallClock = std::function<kube::WallTime()>;

}  // namespace konduit::lb
