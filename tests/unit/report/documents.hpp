#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "config/configuration.hpp"
#include "unit/config/fake_catalog.hpp"

namespace konduit::report {

/// A document of the fake catalog's components, checked.
inline config::Configuration configured(const std::string& text) {
  static const config::testing::FakeCatalog catalog;
  config::Problems problems;
  auto document = config::read_text(text, "f.yaml", problems);
  auto configuration = document ? config::configure(*document, catalog, &catalog, problems) : std::nullopt;
  EXPECT_EQ(problems.text(), "");
  return configuration ? std::move(*configuration) : config::Configuration{};
}

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
