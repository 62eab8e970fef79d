#pragma once

#include "unit/config/configured.hpp"

namespace konduit::report {

using config::testing::configured;

inline constexpr const char* kDocument = R"(apiVersion: konduit/v1
frontends:
  http-connect/ops: {listen: {url: "tcp://0.0.0.0:8090", tls: {cert: a, key: b}}, authenticator: mtls/ops}
authenticators: {mtls/ops: {}}
selectors: {any/a: {}}
backends:
  agents/main: {listen: {url: "tcp://0.0.0.0:8091", tls: {cert: a, key: b}}, selectors: [any/a], server_count: 3}
filters: {acl/cluster: {deny: ["169.254.0.0/16"]}}
pipelines: {ops: {frontends: [http-connect/ops], filters: [acl/cluster], backend: agents/main}}
)";

}  // namespace konduit::report
