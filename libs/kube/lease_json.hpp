#pragma once

#include "kube/json.hpp"
#include "kube/lease.hpp"

namespace konduit::kube {

/// Empty if it has no name.
std::optional<Lease> lease_from(const json::object& object);

}  // namespace konduit::kube
