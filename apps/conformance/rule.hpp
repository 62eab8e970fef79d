#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "config/inventory.hpp"
#include "konduit/config.hpp"
#include "konduit/plugin.hpp"
#include "settings.hpp"

namespace konduit::conformance {

/// A component that is judged, and what its author says of it.
struct Subject {
  std::string id;  ///< "filter/acl"
  const ComponentDescriptor* descriptor = nullptr;
  config::Node node;  ///< Validated: from the settings, else the descriptor's example.
  std::vector<config::ComponentKey> references;
  Settings settings;
  /// Who speaks the other end of its protocol, where the settings name one.
  std::shared_ptr<const Subject> counterpart = nullptr;
};

/// Something that every component of a kind keeps. Each is tried in a process of its own, as one GoogleTest case: what
/// fails in it breaks the rule, GTEST_SKIP says why it could not be tried.
struct Rule {
  const char* text;  ///< A sentence: what a good component does.
  void (*check)(const Subject& subject);
};

/// The rules of a kind, the common ones first.
std::vector<const Rule*> rules_of(ComponentKind kind);

// rules/
std::span<const Rule> document_rules();
std::span<const Rule> lifecycle_rules();
std::span<const Rule> making_rules();  ///< Those of them that need no part.
std::span<const Rule> listening_rules();
std::span<const Rule> filter_rules();
std::span<const Rule> backend_rules();
std::span<const Rule> frontend_rules();
std::span<const Rule> authenticator_rules();
std::span<const Rule> discovery_rules();
std::span<const Rule> registrar_rules();
std::span<const Rule> selector_rules();
std::span<const Rule> transport_rules();

}  // namespace konduit::conformance
