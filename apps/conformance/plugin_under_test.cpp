#include "plugin_under_test.hpp"

#include <algorithm>
#include <utility>

#include "config/configuration.hpp"
#include "config/validation.hpp"
#include "settings.hpp"

namespace konduit::conformance {
namespace {

/// Plugins stay loaded for the life of the process, and so does what knows them.
loader::PluginLoader& loaded() {
  static loader::PluginLoader loader;
  return loader;
}

/// The folder of bundled plugins: beside this program.
std::filesystem::path bundled(const char* name) {
  std::error_code code;
  return std::filesystem::read_symlink("/proc/self/exe", code).parent_path() / "plugins" / name;
}

std::string id_of(const ComponentDescriptor& component) {
  return std::string(to_string(component.kind)) + "/" + component.name;
}

Subject subject_of(const ComponentDescriptor& component, const Settings& settings, config::Problems& problems) {
  Subject subject{.id = id_of(component),
                  .descriptor = &component,
                  .node = settings.config,
                  .references = {},
                  .settings = settings};
  config::Problems of_example;
  if (!subject.node) {
    const auto example = config::read_text(component.example, "the example of " + subject.id, of_example);
    if (example) subject.node = *example;
  }
  // A wrong example breaks a rule of its own; wrong settings are the author's slip, and said at once.
  subject.node = check_node(subject.node, component, settings.config ? problems : of_example, &subject.references);
  subject.node.set_path(std::string(component.name) + "/judged");
  return subject;
}

/// Gives `subject` its counterpart, one of `all`.
void pair_up(Subject& subject, std::span<const Subject> all, config::Problems& problems) {
  const auto& settings = subject.settings;
  if (settings.counterpart.empty()) return;
  const auto wrong = [&](const std::string& what) { problems.error(settings.mark, subject.id + ".counterpart", what); };
  const auto found = std::ranges::find(all, settings.counterpart, &Subject::id);
  if (found == all.end()) return wrong("the plugin brings no " + settings.counterpart);
  const auto kinds = std::pair(subject.descriptor->kind, found->descriptor->kind);
  if (kinds != std::pair(ComponentKind::frontend, ComponentKind::backend) &&
      kinds != std::pair(ComponentKind::backend, ComponentKind::frontend)) {
    return wrong("a frontend's counterpart is a backend, and a backend's is a frontend");
  }
  subject.counterpart = std::make_shared<const Subject>(*found);
}

/// An exception from no rule is a slip, or was left behind when the rule changed.
void check_exceptions(const Subject& subject, config::Problems& problems) {
  const auto rules = rules_of(subject.descriptor->kind);
  for (const auto& exception : subject.settings.exceptions.entries()) {
    const bool known = std::ranges::any_of(rules, [&](const Rule* rule) { return exception.key == rule->text; });
    if (!known) problems.error(exception.key_mark, subject.id + ".exceptions", "no rule says \"" + exception.key + '"');
    if (exception.value.text().empty()) {
      problems.error(exception.key_mark, subject.id + ".exceptions",
                     "say why: an exception without a reason hides a defect");
    }
  }
}

}  // namespace

config::Node check_node(const config::Node& node, const config::Schema& schema, config::Problems& problems,
                        std::vector<config::ComponentKey>* references) {
  return config::validate(node, schema, {.catalog = &loaded()}, problems, references);
}

config::Node check_node(const config::Node& node, const ComponentDescriptor& component, config::Problems& problems,
                        std::vector<config::ComponentKey>* references) {
  if (component.kind != ComponentKind::transport) return check_node(node, component.schema, problems, references);
  // What a transport describes are options of an endpoint, beside its url.
  constexpr config::Field kListen{.name = "listen", .type = config::Type::listen};
  return check_node(config::Node::map({{"listen", node}}), {&kListen, 1}, problems, references)["listen"];
}

PluginUnderTest::PluginUnderTest(const std::filesystem::path& plugin, const std::filesystem::path& settings,
                                 std::string& error) {
  auto& loader = loaded();
  if (!loader.load(plugin)) {
    error = loader.errors().front().text() + "\n";
    return;
  }
  for (const char* transport : {"transport-tcp.so", "transport-uds.so"}) {
    if (std::filesystem::exists(bundled(transport))) loader.load(bundled(transport));
  }
  config::Problems problems;
  std::map<std::string, Settings, std::less<>> known;
  if (!settings.empty()) known = read_settings(settings, problems);
  for (const auto& component : loader.plugins().front().components()) {
    const auto found = known.find(std::string(to_string(component.kind)) + "/" + component.name);
    subjects_.push_back(subject_of(component, found == known.end() ? Settings{} : found->second, problems));
  }
  for (auto& subject : subjects_) {
    pair_up(subject, subjects_, problems);
    check_exceptions(subject, problems);
  }
  for (const auto& [id, ignored] : known) {
    const bool there = std::ranges::any_of(subjects_, [&](const Subject& subject) { return subject.id == id; });
    if (!there) problems.error(config::Mark{}, id, "the plugin brings no such component");
  }
  if (problems.ok()) return;
  error = problems.text();
  subjects_.clear();
}

}  // namespace konduit::conformance
