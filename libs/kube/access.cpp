#include "kube/access.hpp"

#include <cstdlib>

#include "konduit/dial.hpp"
#include "konduit/error.hpp"
#include "kube/file.hpp"
#include "kube/server_url.hpp"

namespace konduit::kube {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') {
    throw StartError(std::string("no kubeconfig is given, and this does not run in a cluster: ") + name +
                     " is not set");
  }
  return value;
}

}  // namespace

Access read_in_cluster(const std::string& folder) {
  Access access;
  std::string host = variable("KUBERNETES_SERVICE_HOST");
  if (host.find(':') != std::string::npos && !host.starts_with('[')) host = "[" + host + "]";
  set_server("https://" + host + ":" + variable("KUBERNETES_SERVICE_PORT"), "KUBERNETES_SERVICE_HOST", access);
  access.tls_settings.ca = folder + "/ca.crt";
  access.material.ca = read_file(access.tls_settings.ca, "CA");
  access.token = trimmed(read_file(folder + "/token", "token"));
  if (access.token.empty()) throw StartError("token file " + folder + "/token is empty");
  access.files = {access.tls_settings.ca, folder + "/token"};
  try {
    access.name_space = trimmed(read_file(folder + "/namespace", "namespace"));
  } catch (const StartError&) {
    access.name_space.clear();  // not every pod is told its namespace, and not everybody needs it
  }
  return access;
}

Access read_access(const AccessPlace& place) {
  return place.kubeconfig.empty() ? read_in_cluster(place.service_account) : read_kubeconfig(place.kubeconfig);
}

}  // namespace konduit::kube
