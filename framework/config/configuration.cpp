#include "config/configuration.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>

#include "config/dependencies.hpp"
#include "config/dial_tests.hpp"
#include "config/document.hpp"
#include "config/layout.hpp"
#include "config/scalar_rules.hpp"
#include "config/substitution.hpp"
#include "config/suggestion.hpp"
#include "config/validation.hpp"

namespace konduit::config {
namespace {

const Mark& mark_of(const Node::Entry& entry) { return entry.key_mark.file ? entry.key_mark : entry.value.mark(); }

const Node* find_section(const Node& document, std::string_view name) {
  for (const Node::Entry& entry : document.entries()) {
    if (entry.key == name) return &entry.value;
  }
  return nullptr;
}

/// One run over a document.
class Reading {
 public:
  Reading(const Node& document, const ComponentCatalog& catalog, const UrlCheck* urls, Problems& problems)
      : document_(document), catalog_(catalog), urls_(urls), problems_(problems) {}

  void take_inventory() {
    for (const Section& section : component_sections()) {
      const Node* node = find_section(document_, section.name);
      if (node == nullptr) continue;
      for (const Node::Entry& entry : node->entries()) inventory_.add(section.kind, entry.key);
    }
  }

  void read_components() {
    for (const Section& section : component_sections()) {
      const Node* node = find_section(document_, section.name);
      if (node == nullptr || node->is_null()) continue;
      if (node->kind() != Kind::map) {
        problems_.error(*node, "must be a map of type/name to settings, found " + found(*node, false));
        continue;
      }
      for (const Node::Entry& entry : node->entries()) read_component(section.kind, entry);
    }
  }

  /// Everything but the components, which are put back where they stood.
  Node read_rest() {
    Node rest = Node::map({}, document_.mark());
    for (const Node::Entry& entry : document_.entries()) {
      bool section = std::any_of(component_sections().begin(), component_sections().end(),
                                 [&](const Section& known) { return known.name == entry.key; });
      if (!section) rest.add(entry.key, entry.value, entry.key_mark);
    }
    Node effective = validate(rest, kDocumentSchema, context({}), problems_);
    for (Node::Entry& entry : effective.entries()) {
      for (const Section& section : component_sections()) {
        if (entry.key == section.name) entry.value = section_node(section);
      }
    }
    check_listeners(listened_on_, problems_);
    return effective;
  }

  std::vector<ComponentConfig> take_components() { return std::move(components_); }
  const Inventory& inventory() const { return inventory_; }

 private:
  ValidationContext context(std::string_view plugin) { return {&catalog_, urls_, &inventory_, plugin, &listened_on_}; }

  void read_component(ComponentKind kind, const Node::Entry& entry) {
    auto id = split_id(entry.key);
    if (!id) {
      problems_.error(mark_of(entry), entry.value.path(),
                      "\"" + entry.key + "\" is no id: write type/name, each of a-z, 0-9 and '-'");
      return;
    }
    const ComponentDescriptor* descriptor = catalog_.find(kind, id->type);
    if (descriptor == nullptr) {
      auto types = catalog_.types(kind);
      std::string what =
          "no plugin brings the " + std::string(to_string(kind)) + " type \"" + std::string(id->type) + "\"";
      problems_.error(
          mark_of(entry), entry.value.path(),
          what + (types.empty() ? "; none of this kind is loaded" : suggestion(id->type, types, "loaded are")));
      return;
    }
    ComponentConfig component{kind, entry.key, std::string(id->type), {}, {}, descriptor};
    component.node = validate(entry.value, descriptor->schema, context(catalog_.plugin(kind, id->type)), problems_,
                              &component.dependencies);
    component.node.set_mark(mark_of(entry));
    components_.push_back(std::move(component));
  }

  Node section_node(const Section& section) const {
    Node node;
    for (const ComponentConfig& component : components_) {
      if (component.kind == section.kind) node.add(component.id, component.node, component.node.mark());
    }
    if (!node.is_null()) node.set_path(section.name);
    return node;
  }

  const Node& document_;
  const ComponentCatalog& catalog_;
  const UrlCheck* urls_;
  Problems& problems_;
  Inventory inventory_;
  std::vector<Node> listened_on_;
  std::vector<ComponentConfig> components_;
};

/// Another version would make noise of every line, so it ends the matter.
bool is_our_version(const Node& document, Problems& problems) {
  const Node& version = document["apiVersion"];
  if (version.kind() != Kind::scalar || version.text() == kApiVersion) return true;
  problems.error(version, "must be " + std::string(kApiVersion) + ", found " + found(version, false));
  return false;
}

void check_pipeline_names(const Node& pipelines, Problems& problems) {
  for (const Node::Entry& entry : pipelines.entries()) {
    if (is_name(entry.key)) continue;
    problems.error(mark_of(entry), entry.value.path(), "\"" + entry.key + "\" is no name: use a-z, 0-9 and '-'");
  }
  if (pipelines.kind() == Kind::map && pipelines.entries().empty())
    problems.error(pipelines, "must have at least one pipeline");
}

void check_digests(const Node& plugins, Problems& problems) {
  for (const Node& file : plugins["load"].items()) {
    const Node& digest = file["sha256"];
    const std::string& text = digest.text();
    bool hexadecimal =
        std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
    if (!digest.is_null() && (text.size() != 64 || !hexadecimal)) {
      problems.error(digest, "must be 64 hexadecimal digits in lower case, as sha256sum prints them");
    }
  }
}

}  // namespace

const ComponentConfig* Configuration::find(ComponentKind kind, std::string_view id) const noexcept {
  for (const ComponentConfig& component : components) {
    if (component.kind == kind && component.id == id) return &component;
  }
  return nullptr;
}

const PipelineConfig* Configuration::find_pipeline(std::string_view name) const noexcept {
  for (const PipelineConfig& pipeline : pipelines) {
    if (pipeline.name == name) return &pipeline;
  }
  return nullptr;
}

const PipelineConfig* Configuration::pipeline_of(std::string_view frontend) const noexcept {
  for (const PipelineConfig& pipeline : pipelines) {
    if (std::count(pipeline.frontends.begin(), pipeline.frontends.end(), frontend) != 0) return &pipeline;
  }
  return nullptr;
}

std::optional<Node> read_text(std::string_view text, std::string file, Problems& problems) {
  auto document = parse(text, std::move(file), problems);
  if (document) substitute(*document, problems);
  return document;
}

std::optional<Node> read_file(const std::filesystem::path& path, Problems& problems) {
  bool standard_input = path == "-";
  std::string name = standard_input ? "standard input" : path.string();
  std::error_code unknown;
  std::ifstream stream;
  if (!standard_input) {
    errno = 0;
    stream.open(path, std::ios::binary);
    bool folder = std::filesystem::is_directory(path, unknown);
    if (!stream || folder) {
      std::string why = folder ? "it is a folder" : std::strerror(errno);
      problems.error(Mark{std::make_shared<const std::string>(name), 0, 0}, "", "cannot be read: " + why);
      return std::nullopt;
    }
  }
  // One byte more than is allowed, so that parse() sees that there is too much.
  std::string text(DocumentLimits{}.bytes + 1, '\0');
  std::istream& input = standard_input ? std::cin : stream;
  input.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(input.gcount()));
  return read_text(text, std::move(name), problems);
}

PluginsConfig read_plugins(const Node& document, Problems& problems) {
  const Node* given = find_section(document, "plugins");
  if (given == nullptr || given->is_null()) return {};
  for (const Field& field : fields_of(kDocumentSchema)) {
    if (std::string_view(field.name) != "plugins") continue;
    Node effective = validate(*given, {field.fields, field.field_count}, {}, problems);
    check_digests(effective, problems);
    return plugins_of(effective);
  }
  return {};
}

std::optional<Configuration> configure(const Node& document, const ComponentCatalog& catalog, const UrlCheck* urls,
                                       Problems& problems) {
  if (document.kind() != Kind::map) {
    problems.error(document,
                   "the document must be a map with apiVersion and pipelines, found " + found(document, false));
    return std::nullopt;
  }
  if (!is_our_version(document, problems)) return std::nullopt;

  Reading reading(document, catalog, urls, problems);
  reading.take_inventory();
  reading.read_components();
  Node effective = reading.read_rest();
  const Node& pipelines = effective["pipelines"];
  check_pipeline_names(pipelines, problems);
  check_pipelines(pipelines, problems);
  check_digests(effective["plugins"], problems);

  Configuration configuration;
  configuration.components = reading.take_components();
  order_by_dependencies(configuration.components, problems);
  configuration.tests = dial_tests_of(effective["tests"], reading.inventory(), problems);
  if (!problems.ok()) return std::nullopt;

  configuration.pipelines = pipelines_of(pipelines);
  configuration.runtime = runtime_of(effective["runtime"]);
  configuration.telemetry = telemetry_of(effective["telemetry"]);
  warn_of_unused(configuration.components, configuration.pipelines, problems);
  configuration.document = std::move(effective);
  return configuration;
}

}  // namespace konduit::config
