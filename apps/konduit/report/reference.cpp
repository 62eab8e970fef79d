#include "report/reference.hpp"

#include <cctype>
#include <span>
#include <sstream>
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

std::string words_of(const Field& field, Type type);

/// What a list or a map has several of.
std::string elements_of(const Field& field) {
  switch (field.element) {
    case Type::object: return "maps";
    case Type::path: return "paths";
    case Type::reference: return "ids, each of " + with_article(field.detail);
    default: return words_of(field, field.element);
  }
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
    case Type::list: return "list of " + elements_of(field);
    case Type::map:
      return field.element == Type::text && field.field_count == 0 ? "map" : "map of " + elements_of(field);
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

std::string sentence(std::string text) { return text.ends_with('.') ? text : text + "."; }

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
             in_cell(sentence(field.summary)) + secret + " |\n";
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
  std::string rows = "| key | value | default | meaning |\n|---|---|---|---|\n";
  add_rows(rows, fields, "");
  return rows + "\n";
}

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

std::string heading_of(ComponentKind kind, std::string_view type) {
  return std::string(to_string(kind)) + " `" + std::string(type) + "`";
}

/// A link to the section with that heading, by the name that Markdown's readers give it.
std::string link_to(std::string_view heading, std::string_view text) {
  std::string anchor;
  for (const char c : heading) {
    if (c == '`') continue;
    anchor += c == ' ' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return "[" + std::string(text) + "](#" + anchor + ")";
}

/// What a kind is for, as the document's layout says it.
std::string purpose_of(ComponentKind kind) {
  for (const Field& field : fields_of(config::kDocumentSchema)) {
    if (field.name == config::section_of(kind)) return sentence(field.summary);
  }
  return "What carries bytes, by the url's scheme. They stand in no section: an endpoint's url names them.";
}

/// A component's example where it would stand in a document.
std::string example_of(const ComponentDescriptor& component) {
  const std::string_view example = component.example ? component.example : "";
  if (example.empty() || example == "{}" || example == "{}\n") return {};
  const bool transport = component.kind == ComponentKind::transport;
  std::string text = "```yaml\n";
  if (!transport) text += std::string(config::section_of(component.kind)) + ":\n  " + component.name + "/example:";
  if (transport) text += "listen:";
  const std::string indent = transport ? "  " : "    ";
  const bool flow = example.starts_with('{');
  std::istringstream lines{std::string(example)};
  bool first = true;
  for (std::string line; std::getline(lines, line); first = false) {
    text += flow && first ? " " + line : "\n" + (line.empty() ? "" : indent + line);
  }
  return text + "\n```\n\n";
}

constexpr const char* kIntroduction = R"(# Configuration reference

`konduit docs` prints this page: what a document may say, by what the program and its bundled plugins know of themselves. With
further plugins (`--plugins FOLDER`) theirs are in it too, `konduit docs TYPE` prints the part about one type, and `konduit schema` the
same for editors. [compose-a-topology.md](compose-a-topology.md) shows how the parts play together.

)";

constexpr const char* kValues = R"(## Values

| value | is written |
|---|---|
| text, path | as YAML has it; a path that is not absolute begins in the folder where the program was started |
| duration | in numbers with units: `1h30m`, `25s`, `100ms` |
| size | in bytes, or with a unit: `4096`, `64KiB`, `8MiB` |
| id | `type/name`, as the component stands in its section: the type is a plugin's, the name is yours (a-z, 0-9 and `-`) |

In every value `${env:NAME}` stands for a variable of the environment, `${env:NAME:-default}` for the same or a default, and
`${file:PATH}` for what a file says. An unknown key is an error.

)";

std::string contents(const config::ComponentCatalog& catalog) {
  std::string text;
  for (const char* heading : {"Values", "The document", "TLS of an accepting end", "TLS of a connecting end"}) {
    text += "- " + link_to(heading, heading) + "\n";
  }
  for (const auto kind : config::kComponentKinds) {
    const auto types = catalog.types(kind);
    if (types.empty()) continue;
    text += "- " + link_to(title_of(kind), title_of(kind)) + ": ";
    for (const auto type : types) {
      text += (type == types.front() ? "" : ", ") + link_to(heading_of(kind, type), "`" + std::string(type) + "`");
    }
    text += "\n";
  }
  return text + "\n";
}

}  // namespace

std::string reference(const ComponentDescriptor& component, std::string_view plugin) {
  std::string text = "### " + heading_of(component.kind, component.name) + "\n\n";
  text += sentence(component.summary) + " From the plugin `" + std::string(plugin) + "`." + stability_of(component) +
          "\n\n";
  if (component.kind == ComponentKind::transport) {
    text += "Urls begin with `" + std::string(component.name) + "://`. Options of a listening url:\n\n";
  }
  return text + table(fields_of(component.schema)) + example_of(component);
}

std::string reference(const config::ComponentCatalog& catalog) {
  std::string text = kIntroduction + contents(catalog) + kValues;
  text += "## The document\n\n" + table(fields_of(config::kDocumentSchema));
  text += "## TLS of an accepting end\n\n" + table(fields_of(config::tls_server_schema));
  text += "## TLS of a connecting end\n\n" + table(fields_of(config::tls_client_schema));
  for (const auto kind : config::kComponentKinds) {
    const auto types = catalog.types(kind);
    if (types.empty()) continue;
    text += "## " + title_of(kind) + "\n\n" + purpose_of(kind) + "\n\n";
    for (const auto type : types) text += reference(*catalog.find(kind, type), catalog.plugin(kind, type));
  }
  text.pop_back();
  return text;
}

}  // namespace konduit::report
