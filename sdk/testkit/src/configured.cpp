#include "konduit/testkit/configured.hpp"

#include <algorithm>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

namespace konduit::testkit {
namespace {

using config::Field;
using config::Node;
using config::Type;

Node object_of(std::span<const Field> fields, std::vector<Node::Entry> given);

/// A default's text as a node. Defaults are scalars, flow lists of scalars, or an empty map.
Node default_of(const Field& field) {
  if (!field.default_value) return {};
  const std::string_view text = field.default_value;
  if (text == "{}") return object_of({field.fields, field.field_count}, {});
  if (!text.starts_with('[')) return Node::scalar(std::string(text), {}, config::Origin::component_default);
  Node items = Node::list({});
  std::string_view rest = text.substr(1, text.size() - 2);
  while (!rest.empty()) {
    auto item = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(item.size() + 1, rest.size()));
    while (item.starts_with(' ') || item.starts_with('"')) item.remove_prefix(1);
    while (item.ends_with(' ') || item.ends_with('"')) item.remove_suffix(1);
    items.add(Node::scalar(std::string(item), {}, config::Origin::component_default));
  }
  return items;
}

Node value_of(const Field& field, std::vector<Node::Entry>& given) {
  const auto found = std::ranges::find(given, field.name, &Node::Entry::key);
  if (found == given.end()) {
    if (field.required) throw std::invalid_argument(std::string("the required key ") + field.name + " is missing");
    return default_of(field);
  }
  Node value = std::move(found->value);
  given.erase(found);
  if (field.type != Type::object || !value) return value;
  const auto entries = value.entries();
  return object_of({field.fields, field.field_count}, {entries.begin(), entries.end()});
}

Node object_of(std::span<const Field> fields, std::vector<Node::Entry> given) {
  Node node = Node::map({});
  for (const Field& field : fields) {
    Node value = value_of(field, given);
    value.set_secret(field.secret);
    node.add(field.name, std::move(value));
  }
  if (!given.empty()) throw std::invalid_argument("the schema has no key " + given.front().key);
  return node;
}

}  // namespace

Node configured(const config::Schema& schema, std::vector<Node::Entry> given) {
  Node node = object_of({schema.fields, schema.field_count}, std::move(given));
  node.set_path("test");
  return node;
}

Node list(std::initializer_list<std::string_view> items) {
  Node node = Node::list({});
  for (const auto item : items) node.add(Node::scalar(std::string(item)));
  return node;
}

}  // namespace konduit::testkit
