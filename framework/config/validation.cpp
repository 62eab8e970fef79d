#include "config/validation.hpp"

#include <algorithm>

#include "config/document.hpp"
#include "config/layout.hpp"
#include "config/scalar_rules.hpp"
#include "config/suggestion.hpp"
#include "config/validator.hpp"
#include "konduit/tls_schema.hpp"

namespace konduit::config {
namespace {

/// A list of lists, say, is one of lists of text: a field has no room for more.
Field element_of(const Field& field) {
  Field element = field;
  element.type = field.element;
  element.element = Type::text;
  element.required = false;
  element.default_value = nullptr;
  return element;
}

void mark_secret(Node& node) {
  node.set_secret(true);
  for (Node& item : node.items()) mark_secret(item);
  for (Node::Entry& entry : node.entries()) mark_secret(entry.value);
}

void mark_default(Node& node, const Mark& mark) {
  node.set_mark(mark);
  node.set_origin(Origin::component_default);
  for (Node& item : node.items()) mark_default(item, mark);
  for (Node::Entry& entry : node.entries()) mark_default(entry.value, mark);
}

Node empty_map_like(const Node& given) {
  Node map = Node::map({}, given.mark());
  map.set_path(given.path());
  map.set_origin(given.origin());
  return map;
}

std::string article(ComponentKind kind) {
  std::string name(to_string(kind));
  bool vowel = std::string_view("aeiou").find(name.front()) != std::string_view::npos;
  return (vowel ? "an " : "a ") + name;
}

}  // namespace

Node validate(const Node& given, const Schema& schema, const ValidationContext& context, Problems& problems,
              std::vector<ComponentKey>* references) {
  return Validator(context, problems, references).object(given, fields_of(schema));
}

Node Validator::object(const Node& given, std::span<const Field> fields) {
  Node effective = empty_map_like(given);
  if (!given.is_null() && !is_kind(given, Kind::map, "a map", Field{"", Type::object})) return effective;
  unknown_keys(given, fields);
  for (const Field& field : fields) {
    const Node& value_given = given[field.name];
    bool there = given.has(field.name);
    effective.add(field.name, there ? value(value_given, field) : missing(given, field));
  }
  return effective;
}

void Validator::unknown_keys(const Node& given, std::span<const Field> fields) {
  std::vector<std::string_view> names;
  for (const Field& field : fields) names.emplace_back(field.name);
  for (const Node::Entry& entry : given.entries()) {
    if (std::find(names.begin(), names.end(), entry.key) != names.end()) continue;
    const Mark& mark = entry.key_mark.line > 0 ? entry.key_mark : entry.value.mark();
    std::string what = "unknown key" + (names.empty() ? "; nothing can be set here" : suggestion(entry.key, names));
    problems_.error(mark, entry.value.path(), std::move(what), plugin_);
  }
}

Node Validator::missing(const Node& parent, const Field& field) {
  if (field.required) {
    error(parent[field.name], "is required, but missing");
    return {};
  }
  return default_of(parent, field);
}

Node Validator::default_of(const Node& parent, const Field& field) {
  const Node& absent = parent[field.name];
  if (field.default_value == nullptr) {
    Node null;
    null.set_mark(absent.mark());
    null.set_origin(Origin::component_default);
    return null;
  }
  Problems unreadable;
  auto parsed = parse(field.default_value, "default", unreadable);
  if (!parsed) {
    error(absent, "the schema's own default is no YAML: " + std::string(field.default_value));
    return {};
  }
  std::string path = absent.path();
  mark_default(*parsed, parent.mark());
  parsed->set_path(std::move(path));
  return value(*parsed, field);
}

Node Validator::value(const Node& given, const Field& field) {
  if (given.is_null()) {
    error(given, "has no value; give one, or leave the key out");
    return {};
  }
  Node effective = [&]() -> Node {
    switch (field.type) {
      case Type::list: return list(given, field);
      case Type::map: return map(given, field);
      case Type::object: return object(given, {field.fields, field.field_count});
      case Type::reference: return reference(given, field);
      case Type::listen: return listen_endpoint(given);
      case Type::connect: return connect_endpoint(given);
      case Type::tls_server: return object(given, fields_of(tls_server_schema));
      case Type::tls_client: return object(given, fields_of(tls_client_schema));
      default: return scalar(given, field);
    }
  }();
  if (field.secret) mark_secret(effective);
  return effective;
}

Node Validator::scalar(const Node& given, const Field& field) {
  if (given.kind() == Kind::scalar) {
    std::string fault = scalar_fault(given, field);
    if (fault.empty()) return given;
    error(given, std::move(fault));
    return {};
  }
  // A scalar rule on empty text gives the words for what the field wants.
  std::string wanted = field.type == Type::text ? "must be text, found " : scalar_fault(Node::scalar(""), field);
  error(given, wanted.substr(0, wanted.find(", found ")) + ", found " + found(given, field.secret));
  return {};
}

Node Validator::reference(const Node& given, const Field& field) {
  auto kind = kind_named(field.detail ? field.detail : "");
  if (!kind) {
    error(given, "the schema refers to an unknown kind of component");
    return {};
  }
  std::string wanted = article(*kind);
  if (given.kind() != Kind::scalar) {
    error(given, "must name " + wanted + " as type/name, found " + found(given, false));
    return {};
  }
  const std::string& id = given.text();
  if (context_.inventory != nullptr && !context_.inventory->has(*kind, id)) {
    auto ids = context_.inventory->ids(*kind);
    std::string what = "the document has no " + std::string(to_string(*kind)) + " \"" + id + "\"";
    if (auto other = context_.inventory->other_kind(*kind, id)) {
      what = "must name " + wanted + ", but \"" + id + "\" is " + article(*other);
    }
    error(given, what + (ids.empty() ? "; it has none at all" : suggestion(id, ids, "it has")));
    return {};
  }
  ComponentKey key{*kind, id};
  if (references_ && std::find(references_->begin(), references_->end(), key) == references_->end()) {
    references_->push_back(std::move(key));
  }
  return given;
}

Node Validator::list(const Node& given, const Field& field) {
  if (!is_kind(given, Kind::list, "a list", field)) return {};
  Field element = element_of(field);
  Node effective = Node::list({}, given.mark());
  effective.set_path(given.path());
  effective.set_origin(given.origin());
  for (const Node& item : given.items()) effective.add(value(item, element));
  return effective;
}

Node Validator::map(const Node& given, const Field& field) {
  if (!is_kind(given, Kind::map, "a map", field)) return {};
  Field element = element_of(field);
  Node effective = empty_map_like(given);
  for (const Node::Entry& entry : given.entries()) {
    effective.add(entry.key, value(entry.value, element), entry.key_mark);
  }
  return effective;
}

bool Validator::is_kind(const Node& given, Kind kind, std::string_view wanted, const Field& field) {
  if (given.kind() == kind) return true;
  error(given, "must be " + std::string(wanted) + ", found " + found(given, field.secret));
  return false;
}

}  // namespace konduit::config
