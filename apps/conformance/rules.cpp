#include "rule.hpp"

namespace konduit::conformance {

std::vector<const Rule*> rules_of(ComponentKind kind) {
  std::vector<std::span<const Rule>> sets{document_rules()};
  sets.push_back(kind == ComponentKind::transport ? making_rules() : lifecycle_rules());
  switch (kind) {
    case ComponentKind::filter: sets.push_back(filter_rules()); break;
    case ComponentKind::backend: sets.insert(sets.end(), {listening_rules(), backend_rules()}); break;
    case ComponentKind::frontend: sets.insert(sets.end(), {listening_rules(), frontend_rules()}); break;
    case ComponentKind::authenticator: sets.push_back(authenticator_rules()); break;
    case ComponentKind::discovery: sets.push_back(discovery_rules()); break;
    case ComponentKind::selector: sets.push_back(selector_rules()); break;
    case ComponentKind::transport: sets.push_back(transport_rules()); break;
    case ComponentKind::registrar: sets.push_back(registrar_rules()); break;
  }
  std::vector<const Rule*> rules;
  for (const auto& set : sets) {
    for (const auto& rule : set) rules.push_back(&rule);
  }
  return rules;
}

}  // namespace konduit::conformance
