#pragma once

#include <optional>
#include <string>

#include "flags/proxy_environment.hpp"
#include "konduit/config.hpp"

namespace konduit::config {
class Problems;
}

/// A proxy of the environment, as a document says it.
namespace konduit::flags {

/// The proxy towards the API server that a kubeconfig names, or the pod's cluster where it is empty. Nothing where the
/// API server is not known yet: who needs it will say so.
std::optional<UpstreamProxy> proxy_to_api_server(const std::string& kubeconfig);

/// The reference to the backend that stands for the proxy.
config::Node via_proxy(const UpstreamProxy& proxy);

/// Adds that backend. A variable that cannot be used is an error of the document.
void add_proxy_backend(config::Node& backends, const UpstreamProxy& proxy, config::Problems& problems);

}  // namespace konduit::flags
