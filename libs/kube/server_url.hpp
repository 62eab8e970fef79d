#pragma once

#include <string>

#include "kube/access.hpp"

namespace konduit::kube {

/// Takes apart the address of an API server ("https://host:port/base") into `access`. Throws StartError that names
/// `source`.
void set_server(const std::string& url, const std::string& source, Access& access);

}  // namespace konduit::kube
