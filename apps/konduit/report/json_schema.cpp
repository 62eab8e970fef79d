#include "report/json_schema.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>

#include "config/configuration.hpp"
#include "config/document.hpp"
#include "config/inventory.hpp"
#include "config/layout.hpp"
#include "konduit/tls_schema.hpp"

namespace konduit::report {
namespace {

namespace json = boost::json;
using config::Field;
using config::Type;

json::value scalar(Type type, const std::string& text) {
  if (type == Type::boolean) {
    if (const auto value = config::parse_boolean(text)) return *value;
  } else if (type == Type::integer) {
    if (const auto value = config::parse_integer(text)) return *value;
  }
  return json::string(text);
}

/// What `field`, or an element of it, holds, in the JSON type that its own schema asks for.
json::value as_json(const Field& field, Type type, const config::Node& node) {
  if (node.kind() == config::Kind::scalar) return scalar(type, node.text());
  if (node.kind() == config::Kind::list) {
    json::array items;
    for (const auto& item : node.items()) items.push_back(as_json(field, field.element, item));
    return items;
  }
  if (node.kind() != config::Kind::map) return nullptr;
  json::object values;
  for (const auto& [key, value, mark] : node.entries()) {
    const std::span inner(field.fields, type == Type::object ? field.field_count : 0);
    const auto known = std::ranges::find(inner, std::string_view(key), &Field::name);
    values[key] = known == inner.end() ? as_json(field, field.element, value) : as_json(*known, known->type, value);
  }
  return values;
}

std::optional<json::value> default_of(const Field& field) {
  if (!field.default_value || field.secret) return std::nullopt;
  config::Problems unreadable;
  const auto node = config::parse(field.default_value, "default", unreadable);
  return node ? std::optional(as_json(field, field.type, *node)) : std::nullopt;
}

/// Writes the schema of each kind of field.
class SchemaWriter {
 public:
  explicit SchemaWriter(const config::ComponentCatalog& catalog) : catalog_(catalog) {}

  json::object document() {
    json::object schema = object(fields_of(config::kDocumentSchema));
    auto& properties = schema["properties"].as_object();
    for (const auto& section : config::component_sections()) {
      auto& property = properties[section.name].as_object();
      property["patternProperties"] = components(section.kind);
      property["additionalProperties"] = false;
      property.erase("type");
      property["type"] = "object";
    }
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
    schema["title"] = "konduit document";
    schema["$defs"] = definitions();
    return schema;
  }

 private:
  json::object definitions() {
    json::object all;
    all["substitution"] = {{"type", "string"}, {"pattern", "\\$\\{"}};
    all["text"] = {{"type", json::array{"string", "number", "boolean"}}};
    all["duration"] = {{"type", "string"}, {"pattern", "^([0-9.]+(h|m|s|ms|us|µs|ns))+$|^0$|\\$\\{"}};
    all["size"] = {{"type", json::array{"string", "integer"}}, {"pattern", "^[0-9]+([KMGT]i?)?B?$|\\$\\{"}};
    all["tls_server"] = object(fields_of(config::tls_server_schema));
    all["tls_client"] = object(fields_of(config::tls_client_schema));
    return all;
  }

  /// "^agents/[a-z0-9-]+$": its settings, for each type of a kind.
  json::object components(ComponentKind kind) {
    json::object patterns;
    for (const auto type : catalog_.types(kind)) {
      const auto& component = *catalog_.find(kind, type);
      json::object settings = object(fields_of(component.schema));
      settings["description"] = component.summary;
      patterns["^" + std::string(type) + "/[a-z0-9][a-z0-9-]*$"] = std::move(settings);
    }
    return patterns;
  }

  json::object object(std::span<const Field> fields) {
    json::object properties;
    json::array required;
    for (const Field& field : fields) {
      properties[field.name] = property(field);
      if (field.required) required.emplace_back(field.name);
    }
    json::object schema{{"type", "object"}, {"additionalProperties", false}};
    schema["properties"] = std::move(properties);
    if (!required.empty()) schema["required"] = std::move(required);
    return schema;
  }

  json::object property(const Field& field) {
    json::object schema = value(field, field.type);
    if (*field.summary != '\0') schema["description"] = field.summary;
    if (auto value = default_of(field)) schema["default"] = std::move(*value);
    return schema;
  }

  static json::object defined(const char* name) { return {{"$ref", "#/$defs/" + std::string(name)}}; }
  static json::object or_substitution(json::object schema) {
    return {{"anyOf", json::array{std::move(schema), defined("substitution")}}};
  }

  json::object value(const Field& field, Type type) {
    switch (type) {
      case Type::text:
      case Type::path: return defined("text");
      case Type::boolean: return or_substitution({{"type", "boolean"}});
      case Type::integer: return or_substitution(integer(field.detail ? field.detail : ""));
      case Type::duration: return defined("duration");
      case Type::size: return defined("size");
      case Type::choice: return or_substitution({{"enum", choices(field.detail ? field.detail : "")}});
      case Type::list: return {{"type", "array"}, {"items", value(field, field.element)}};
      case Type::map: return map(field);
      case Type::object: return object({field.fields, field.field_count});
      case Type::reference: return reference(field.detail ? field.detail : "");
      case Type::listen: return endpoint("tls_server", true);
      case Type::connect: return endpoint("tls_client", false);
      case Type::tls_server: return defined("tls_server");
      case Type::tls_client: return defined("tls_client");
    }
    return {};
  }

  json::object map(const Field& field) {
    return {{"type", "object"}, {"additionalProperties", value(field, field.element)}};
  }

  static json::object integer(std::string_view range) {
    json::object schema{{"type", "integer"}};
    const auto dots = range.find("..");
    if (dots == std::string_view::npos) return schema;
    if (const auto least = config::parse_integer(range.substr(0, dots))) schema["minimum"] = *least;
    if (const auto most = config::parse_integer(range.substr(dots + 2))) schema["maximum"] = *most;
    return schema;
  }

  static json::array choices(std::string_view detail) {
    json::array all;
    for (std::size_t begin = 0; begin <= detail.size();) {
      const std::size_t end = std::min(detail.find('|', begin), detail.size());
      all.emplace_back(detail.substr(begin, end - begin));
      begin = end + 1;
    }
    return all;
  }

  json::object reference(std::string_view kind_name) {
    std::string types;
    if (const auto kind = config::kind_named(kind_name)) {
      for (const auto type : catalog_.types(*kind)) types += (types.empty() ? "" : "|") + std::string(type);
    }
    return {{"type", "string"}, {"pattern", "^(" + types + ")/[a-z0-9][a-z0-9-]*$|\\$\\{"}};
  }

  /// What options there are depends on the url's scheme, so all of all transports are let through.
  json::object endpoint(const char* tls, bool listens) {
    json::object properties{{"url", {{"type", "string"}, {"description", "Where, as scheme://address."}}},
                            {"tls", defined(tls)}};
    if (!listens) properties["via"] = reference("backend");
    if (listens) {
      for (const auto scheme : catalog_.types(ComponentKind::transport)) {
        const auto& schema = catalog_.find(ComponentKind::transport, scheme)->schema;
        for (const Field& field : fields_of(schema)) properties[field.name] = property(field);
      }
    }
    json::object schema{{"type", "object"}, {"additionalProperties", false}, {"required", json::array{"url"}}};
    schema["properties"] = std::move(properties);
    return schema;
  }

  const config::ComponentCatalog& catalog_;
};

}  // namespace

std::string json_schema(const config::ComponentCatalog& catalog) {
  return json::serialize(SchemaWriter(catalog).document()) + "\n";
}

}  // namespace konduit::report
