#include "flags/upstream_proxy.hpp"

#include <exception>
#include <memory>
#include <utility>

#include "flags/rules.hpp"
#include "konduit/dial.hpp"
#include "kube/access.hpp"

namespace konduit::flags {
namespace {

using config::Node;

constexpr const char* kBackend = "http-connect/proxy";

Node said(const UpstreamProxy& proxy, std::string text) {
  const config::Mark mark{std::make_shared<const std::string>("$" + proxy.variable), 0, 0};
  return Node::scalar(std::move(text), mark, config::Origin::environment);
}

}  // namespace

std::optional<UpstreamProxy> proxy_to_api_server(const std::string& kubeconfig) {
  if (!proxy_is_set(process_environment)) return std::nullopt;
  try {
    const kube::Access access = kube::read_access({.kubeconfig = kubeconfig});
    const auto target = Target::parse(access.host);
    if (!access.tls || !target) return std::nullopt;
    return proxy_for(target->host, std::to_string(target->port), process_environment);
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

Node via_proxy(const UpstreamProxy& proxy) { return said(proxy, kBackend); }

void add_proxy_backend(Node& backends, const UpstreamProxy& proxy, config::Problems& problems) {
  Node section = empty_map();
  if (!proxy.fault.empty()) {
    problems.error(said(proxy, "").mark(), "", proxy.fault);
    return backends.add(kBackend, std::move(section));
  }
  section.add("url", said(proxy, proxy.url));
  if (proxy.tls) section.add("tls", empty_map());
  if (!proxy.username.empty()) section.add("username", said(proxy, proxy.username));
  if (!proxy.password.empty()) {
    Node password = said(proxy, proxy.password);
    password.set_secret(true);
    section.add("password", std::move(password));
  }
  backends.add(kBackend, std::move(section));
}

}  // namespace konduit::flags
