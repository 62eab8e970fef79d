#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "konduit/tls.hpp"

namespace konduit::kube {

/// Where the configuration says how to reach the API server.
struct AccessPlace {
  std::string kubeconfig = {};  ///< A kubeconfig file; empty: as a pod of the cluster does.
  /// In a cluster: the folder with `token`, `ca.crt` and `namespace`.
  std::string service_account = "/var/run/secrets/kubernetes.io/serviceaccount";
};

/// How to reach an API server and what to show it, with the contents of all files that are named.
struct Access {
  std::string server;       ///< "https://10.96.0.1:443/base", for messages.
  std::string url;          ///< "tcp://10.96.0.1:443"
  std::string host;         ///< "10.96.0.1:443": what requests are for.
  std::string base_path;    ///< Goes in front of every path; empty or "/base".
  std::string server_host;  ///< By which the server's certificate is verified.
  bool tls = true;
  TlsSettings tls_settings;        ///< Its files only name where the material came from.
  TlsMaterial material = {};       ///< Secret.
  std::string token;               ///< Secret; empty if none.
  std::string name_space;          ///< Of the context or the pod; empty if none is said.
  std::vector<std::string> files;  ///< What was read, to see when it changes.
};

/// Reads a kubeconfig and all files that it names. Supported: the current context, its cluster (server,
/// certificate-authority, tls-server-name, http and https) and its user (client-certificate, client-key, token,
/// tokenFile, files or embedded data). What would need a program, a password or no verification is refused.
/// Throws StartError: what, where, what to do.
Access read_kubeconfig(const std::string& path);
/// The same for the text of a file at `path`, to which relative names in it refer.
Access parse_kubeconfig(std::string_view text, const std::string& path);

/// KUBERNETES_SERVICE_HOST and _PORT, and the service account in `folder`. Throws StartError.
Access read_in_cluster(const std::string& folder);

Access read_access(const AccessPlace& place);

}  // namespace konduit::kube
