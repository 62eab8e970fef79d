#pragma once

#include <string_view>
#include <vector>

#include "config/component_catalog.hpp"
#include "config/inventory.hpp"
#include "config/problem.hpp"
#include "konduit/config.hpp"

namespace konduit::config {

/// What values are judged against besides their schema. Borrowed for the length of the call; what is null is not
/// checked.
struct ValidationContext {
  const ComponentCatalog* catalog = nullptr;  ///< Transports by url scheme.
  const UrlCheck* urls = nullptr;
  const Inventory* inventory = nullptr;      ///< What reference fields may name.
  std::string_view plugin;                   ///< Whose schema it is, for messages.
  std::vector<Node>* listened_on = nullptr;  ///< Gets the url of every endpoint that is listened on.
};

/// Checks `given` against `schema` and answers the effective node: a map with every field of the schema in the schema's
/// order, each as given, by default (Origin::component_default, at the mark of the map it belongs to) or null. Secrets
/// are marked. Keys that are not known and values that are wrong are reported and left out. A null `given` is an empty
/// map. `references` gets what reference fields name, in order, each once; it may be null.
Node validate(const Node& given, const Schema& schema, const ValidationContext& context, Problems& problems,
              std::vector<ComponentKey>* references = nullptr);

/// Reports urls that are listened on twice: one of the two would get the other's connections. Port 0 is another port
/// every time.
void check_listeners(const std::vector<Node>& urls, Problems& problems);

}  // namespace konduit::config
