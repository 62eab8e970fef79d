#include "loader/descriptor.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace konduit::loader {
namespace {

constexpr std::uint32_t kMostComponents = 256;
constexpr std::uint32_t kMostFields = 256;
constexpr int kDeepestSchema = 16;

using Objections = std::vector<std::string>;

bool spelled_as_type(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

/// What is wrong with the fields of a schema, as the part of a sentence; empty if nothing.
std::string schema_objection(const config::Field* fields, std::uint32_t count, int depth) {
  if (count == 0) return {};
  if (!fields) return "has a schema whose fields are missing";
  if (count > kMostFields || depth > kDeepestSchema) return "has a schema that is too large";
  std::set<std::string_view> names;
  for (std::uint32_t i = 0; i < count; ++i) {
    const config::Field& field = fields[i];
    if (!field.name || !*field.name || !field.summary) return "has a schema with a nameless field";
    if (!names.insert(field.name).second) return std::string("has the field ") + field.name + " twice";
    if (field.type == config::Type::choice && !field.detail)
      return std::string("has no choices for field ") + field.name;
    if (std::string text = schema_objection(field.fields, field.field_count, depth + 1); !text.empty()) return text;
  }
  return {};
}

/// What is wrong with one component, as the part of a sentence; empty if nothing. Its name is known to be good.
std::string component_objection(const ComponentDescriptor& component) {
  const std::uint32_t known = interface_version(component.kind);
  if (known == 0)
    return "is of kind " + std::to_string(static_cast<std::uint32_t>(component.kind)) + ", which does not exist";
  if (component.interface_version != known) {
    return "has version " + std::to_string(component.interface_version) + " of the " +
           std::string(to_string(component.kind)) + " interface, this konduit has version " + std::to_string(known);
  }
  if (!component.create) return "has no factory";
  if (!component.summary || !component.example) return "has no summary or no example";
  return schema_objection(component.schema.fields, component.schema.field_count, 0);
}

void check_components(const PluginDescriptor& descriptor, Objections& out) {
  if (descriptor.component_count == 0) return out.push_back("its descriptor has no components");
  if (!descriptor.components || descriptor.component_count > kMostComponents) {
    return out.push_back("its descriptor has no sound list of components");
  }
  std::set<std::pair<ComponentKind, std::string_view>> seen;
  for (std::uint32_t i = 0; i < descriptor.component_count; ++i) {
    const ComponentDescriptor& component = descriptor.components[i];
    if (!component.name || !spelled_as_type(component.name)) {
      out.push_back("component number " + std::to_string(i + 1) +
                    " has no usable name: lower-case letters, digits and hyphens");
      continue;
    }
    const std::string subject = std::string("component ") + component.name + " ";
    if (std::string text = component_objection(component); !text.empty()) out.push_back(subject + text);
    if (!seen.emplace(component.kind, component.name).second) out.push_back(subject + "is there twice");
  }
}

}  // namespace

std::vector<std::string> objections(const PluginDescriptor* descriptor, const PluginNote& note,
                                    const CoreInterface& core) {
  if (!descriptor) return {std::string(kPluginEntryPoint) + " returned nothing"};
  if (descriptor->magic != PluginDescriptor::kMagic) return {"its descriptor is not one: the magic number differs"};
  if (descriptor->struct_size < sizeof(PluginDescriptor)) return {"its descriptor is too small"};
  PluginNote said = note;
  said.sdk_major = descriptor->sdk_major;
  said.sdk_minor = descriptor->sdk_minor;
  if (std::string text = incompatibility(said, core); !text.empty()) return {text};
  if (!descriptor->name || !descriptor->version || !descriptor->license || !descriptor->fingerprint) {
    return {"its descriptor has no name, version, license or fingerprint"};
  }
  if (std::string text = contradiction(note, descriptor->fingerprint); !text.empty()) return {text};
  if (note.name != descriptor->name) {
    return {"its name is " + note.name + " in its konduit note and " + descriptor->name + " in its descriptor"};
  }
  Objections out;
  check_components(*descriptor, out);
  return out;
}

std::uint32_t interface_version(ComponentKind kind) noexcept {
  switch (kind) {
    case ComponentKind::transport:
    case ComponentKind::frontend:
    case ComponentKind::backend:
    case ComponentKind::filter:
    case ComponentKind::authenticator:
    case ComponentKind::discovery:
    case ComponentKind::registrar:
    case ComponentKind::selector: return 1;
  }
  return 0;
}

}  // namespace konduit::loader
