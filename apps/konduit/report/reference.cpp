#include "report/reference.hpp"

#include <cctype>
#include <span>
#include <string_view>

#include "config/configuration.hpp"
#include "config/inventory.hpp"
#include "config/layout.hpp"
#include "config/scalar_rules.hpp"
#include "konduit/tls_schema.hpp"

namespace konduit::report {
namespace {

using config::Field;
using config::Type;

/// "frontend" to "a frontend".
std::string with_article(std::string_view kind) {
  const bool vowel = std::string_view("aeiou").find(kind.front()) != std::string_view::npos;
  return (vowel ? "an " : "a ") + std::string(kind);
}

std::string choices(std::string_view detail) {
  std::string text = "`";
  for (const char c : detail) text += c == '|' ? std::string("`, `") : std::string(1, c);
  return text + "`";
}

std::string words_of(const Field& field, Type type) {
  const std::string_view detail = field.detail ? field.detail : "";
  const std::string range = detail.empty() ? "" : ", " + config::range_in_words(detail);
  switch (type) {
    case Type::text: return "text";
    case Type::boolean: return "`true` or `false`";
    case Type::integer: return "integer" + range;
    case Type::duration: return "duration" + range;
    case Type::size: return "size" + range;
    case Type::path: return "path";
    case Type::choice: return choices(detail);
    case Type::list: return "list of " + words_of(field, field.element);
    case Type::map:
      return field.element == Type::text && field.field_count == 0 ? "map" : "map to " + words_of(field, field.element);
    case Type::object: return "map";
    case Type::reference: return "id of " + with_article(detail);
    case Type::listen: return "where to listen: `url`, `tls`, and the options of the url's transport";
    case Type::connect: return "where to connect: `url`, `tls`, `via`";
    case Type::tls_server: return "[TLS of an accepting end](#tls-of-an-accepting-end)";
    case Type::tls_client: return "[TLS of a connecting end](#tls-of-a-connecting-end)";
  }
  return "";
}

std::string default_of(const Field& field) {
  if (field.required) return "required";
  return field.default_value ? "`" + std::string(field.default_value) + "`" : "";
}

/// What stands between two bars of a table.
std::string in_cell(std::string_view text) {
  std::string cell;
  for (const char c : text) cell += c == '|' ? std::string("\\|") : std::string(1, c);
  return cell;
}

void add_rows(std::string& table, std::span<const Field> fields, const std::string& before) {
  for (const Field& field : fields) {
    const std::string path = before + field.name;
    const std::string secret = field.secret ? " Never shown." : "";
    table += "| `" + path + "` | " + in_cell(words_of(field, field.type)) + " | " + in_cell(default_of(field)) + " | " +
             in_cell(field.summary) + secret + " |\n";
    const bool of_objects = field.type == Type::list || field.type == Type::map;
    if (field.field_count != 0) {
      add_rows(table, {field.fields, field.field_count},
               path + (field.type == Type::list ? "[]."
                       : of_objects             ? ".*."
                                                : "."));
    }
  }
}

std::string table(std::span<const Field> fields) {
  if (fields.empty()) return "It has no settings.\n\n";
  std::string rows = "| key | value | default | |\n|---|---|---|---|\n";
  add_rows(rows, fields, "");
  return rows + "\n";
}

std::string sentence(std::string text) { return text.ends_with('.') ? text : text + "."; }

std::string stability_of(const ComponentDescriptor& component) {
  switch (component.stability) {
    case Stability::experimental: return " It is experimental: its settings may change.";
    case Stability::deprecated: return " It is deprecated.";
    case Stability::stable: break;
  }
  return {};
}

std::string title_of(ComponentKind kind) {
  std::string title(config::section_of(kind));
  if (title.empty()) title = "transports";
  title[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(title[0])));
  return title;
}

}  // namespace

std::string reference(const ComponentDescriptor& component, std::string_view plugin) {
  const bool transport = component.kind == ComponentKind::transport;
  std::string text = "### " + std::string(to_string(component.kind)) + " `" + component.name + "`\n\n";
  text += sentence(component.summary) + " From the plugin `" + std::string(plugin) + "`." + stability_of(component) +
          "\n\n";
  if (transport) text += "Urls begin with `" + std::string(component.name) + "://`. Options of a listening url:\n\n";
  text += table(fields_of(component.schema));
  const std::string_view example = component.example ? component.example : "";
  if (transport || example.empty() || example == "{}" || example == "{}\n") return text;
  return text + "```yaml\n" + std::string(example) + (example.ends_with('\n') ? "" : "\n") + "```\n\n";
}

std::string reference(const config::ComponentCatalog& catalog) {
  std::string text = "# Configuration reference\n\n## The document\n\n" + table(fields_of(config::kDocumentSchema));
  text += "## TLS of an accepting end\n\n" + table(fields_of(config::tls_server_schema));
  text += "## TLS of a connecting end\n\n" + table(fields_of(config::tls_client_schema));
  for (const auto kind : config::kComponentKinds) {
    const auto types = catalog.types(kind);
    if (types.empty()) continue;
    text += "## " + title_of(kind) + "\n\n";
    for (const auto type : types) text += reference(*catalog.find(kind, type), catalog.plugin(kind, type));
  }
  text.pop_back();
  return text;
}

}  // namespace konduit::report
