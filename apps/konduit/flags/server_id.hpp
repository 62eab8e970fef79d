#pragma once

#include <string>
#include <vector>

namespace konduit::flags {

/// The machine's id from the first of `files` that has one; empty if none has. "uninitialized", which images carry, is
/// none.
std::string machine_id(const std::vector<std::string>& files = {"/var/lib/dbus/machine-id", "/etc/machine-id"});

}  // namespace konduit::flags
