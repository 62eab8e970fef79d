#include "unit/config/fake_catalog.hpp"

#include <algorithm>
#include <iterator>

namespace konduit::config::testing {
namespace {

constexpr Field kUdsOptions[] = {
    {.name = "mode", .type = Type::text, .default_value = "\"0770\""},
    {.name = "delete_existing", .type = Type::boolean, .default_value = "true"},
};

constexpr Field kGrpc[] = {
    {.name = "listen", .type = Type::listen, .required = true},
    {.name = "authenticator", .type = Type::reference, .detail = "authenticator"},
};

constexpr Field kHttpConnect[] = {
    {.name = "listen", .type = Type::listen, .required = true},
    {.name = "authenticator", .type = Type::reference, .detail = "authenticator"},
    {.name = "head_timeout", .type = Type::duration, .default_value = "60s", .detail = "1s..1h"},
};

constexpr Field kIdentifiers[] = {
    {.name = "ipv4", .type = Type::list, .element = Type::text},
    {.name = "host", .type = Type::list, .element = Type::text},
};

constexpr Field kSync[] = {
    {.name = "interval", .type = Type::duration, .default_value = "1s", .detail = "10ms.."},
    {.name = "cap", .type = Type::duration, .default_value = "10s"},
    {.name = "forever", .type = Type::boolean, .default_value = "false"},
};

constexpr Field kUplink[] = {
    {.name = "servers", .type = Type::reference, .required = true, .detail = "discovery"},
    {.name = "count", .type = Type::reference, .detail = "discovery"},
    {.name = "tls", .type = Type::tls_client},
    {.name = "via", .type = Type::reference, .detail = "backend"},
    {.name = "token_file", .type = Type::path},
    {.name = "identifiers", .type = Type::object, .fields = kIdentifiers, .field_count = std::size(kIdentifiers)},
    {.name = "sync", .type = Type::object, .default_value = "{}", .fields = kSync, .field_count = std::size(kSync)},
};

constexpr Field kAgents[] = {
    {.name = "listen", .type = Type::listen, .required = true},
    {.name = "authenticator", .type = Type::reference, .detail = "authenticator"},
    {.name = "selectors", .type = Type::list, .required = true, .detail = "selector", .element = Type::reference},
    {.name = "server_id", .type = Type::text},
    {.name = "server_count", .type = Type::integer, .default_value = "1", .detail = "1.."},
};

constexpr Field kDirect[] = {
    {.name = "dial_timeout", .type = Type::duration, .default_value = "5s", .detail = "1ms..1h"},
};

constexpr Field kUpstream[] = {
    {.name = "proxy", .type = Type::connect, .required = true},
    {.name = "user", .type = Type::text},
    {.name = "password", .type = Type::text, .secret = true},
};

constexpr Field kRule[] = {
    {.name = "suffix", .type = Type::text, .required = true},
    {.name = "backend", .type = Type::reference, .required = true, .detail = "backend"},
};

constexpr Field kRoute[] = {
    {.name = "rules",
     .type = Type::list,
     .required = true,
     .element = Type::object,
     .fields = kRule,
     .field_count = std::size(kRule)},
    {.name = "otherwise", .type = Type::reference, .detail = "backend"},
};

constexpr Field kAcl[] = {
    {.name = "deny", .type = Type::list, .default_value = "[]", .element = Type::text},
    {.name = "action", .type = Type::choice, .default_value = "refuse", .detail = "refuse|drop"},
};

constexpr Field kLimits[] = {
    {.name = "bytes", .type = Type::size, .detail = "1KiB..1GiB"},
    {.name = "dials", .type = Type::integer, .default_value = "100", .detail = "..1000"},
    {.name = "weights", .type = Type::map, .detail = "1..10", .element = Type::integer},
};

constexpr Field kTokenReview[] = {
    {.name = "namespace", .type = Type::text, .required = true},
    {.name = "service_account", .type = Type::text, .required = true},
    {.name = "audience", .type = Type::text, .required = true},
    {.name = "kubeconfig", .type = Type::path},
};

constexpr Field kStaticToken[] = {
    {.name = "tokens", .type = Type::list, .required = true, .secret = true, .element = Type::text},
    {.name = "rounds", .type = Type::integer, .secret = true, .detail = "1..9"},
};

constexpr Field kStatic[] = {{.name = "servers", .type = Type::list, .required = true, .element = Type::text}};

template <std::size_t N>
constexpr ComponentDescriptor entry(ComponentKind kind, const char* name, const Field (&fields)[N]) {
  return {kind, name, 1, Stability::stable, "", {fields, static_cast<std::uint32_t>(N)}, "", nullptr};
}

constexpr ComponentDescriptor entry(ComponentKind kind, const char* name) {
  return {kind, name, 1, Stability::stable, "", {}, "", nullptr};
}

constexpr ComponentDescriptor kComponents[] = {
    entry(ComponentKind::transport, "tcp"),
    entry(ComponentKind::transport, "uds", kUdsOptions),
    entry(ComponentKind::frontend, "grpc", kGrpc),
    entry(ComponentKind::frontend, "http-connect", kHttpConnect),
    entry(ComponentKind::frontend, "uplink", kUplink),
    entry(ComponentKind::backend, "agents", kAgents),
    entry(ComponentKind::backend, "direct", kDirect),
    entry(ComponentKind::backend, "http-connect", kUpstream),
    entry(ComponentKind::backend, "route", kRoute),
    entry(ComponentKind::filter, "acl", kAcl),
    entry(ComponentKind::filter, "limits", kLimits),
    entry(ComponentKind::authenticator, "mtls"),
    entry(ComponentKind::authenticator, "static-token", kStaticToken),
    entry(ComponentKind::authenticator, "token-review", kTokenReview),
    entry(ComponentKind::discovery, "headers"),
    entry(ComponentKind::discovery, "static", kStatic),
    entry(ComponentKind::selector, "any"),
    entry(ComponentKind::selector, "dest-host"),
};

constexpr std::string_view kPlugins[] = {"",
                                         "fake-transport",
                                         "fake-frontend",
                                         "fake-backend",
                                         "fake-filter",
                                         "fake-authenticator",
                                         "fake-discovery",
                                         "fake-registrar",
                                         "fake-selector"};

}  // namespace

const ComponentDescriptor* FakeCatalog::find(ComponentKind kind, std::string_view type) const {
  for (const ComponentDescriptor& component : kComponents) {
    if (component.kind == kind && component.name == type) return &component;
  }
  return nullptr;
}

std::vector<std::string_view> FakeCatalog::types(ComponentKind kind) const {
  std::vector<std::string_view> types;
  for (const ComponentDescriptor& component : kComponents) {
    if (component.kind == kind) types.emplace_back(component.name);
  }
  std::sort(types.begin(), types.end());
  return types;
}

std::string_view FakeCatalog::plugin(ComponentKind kind, std::string_view) const {
  return kPlugins[static_cast<std::size_t>(kind)];
}

std::string FakeCatalog::check(std::string_view scheme, const std::string& url) const {
  std::string address = url.substr(scheme.size() + 3);
  if (scheme == "tcp" && address.find(':') == std::string::npos) return "needs a port, as in \"tcp://0.0.0.0:8090\"";
  if (scheme == "uds" && !address.starts_with('/')) return "needs an absolute path";
  return {};
}

}  // namespace konduit::config::testing
