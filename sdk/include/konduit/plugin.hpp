#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>

#include "konduit/api.hpp"
#include "konduit/component.hpp"
#include "konduit/config.hpp"
#include "konduit/fingerprint.hpp"

namespace konduit {

enum class Stability : std::uint32_t { experimental, stable, deprecated };

/// Told by a factory why it made nothing. Called at most once; the text is copied.
using CreateFailure = void (*)(void* context, const char* text);

/// Makes a component or says why not. Never throws.
using ComponentFactory = Component* (*)(const config::Node& node, Host& host, void* context,
                                        CreateFailure failure) noexcept;

/// One component that a plugin brings. Constant plain data.
struct ComponentDescriptor {
  ComponentKind kind;
  const char* name;  ///< The type in "type/name"; for transports the url scheme.
  std::uint32_t interface_version;
  Stability stability;
  const char* summary;
  config::Schema schema;
  const char* example;  ///< A valid configuration, as YAML text.
  ComponentFactory create;
};

/// What a plugin's only exported function returns. Constant plain data; the layout of the fields up to `fingerprint`
/// never changes.
struct PluginDescriptor {
  static constexpr std::uint64_t kMagic = 0x54495544'4e4f4bULL;  // "KONDUIT"

  std::uint64_t magic;
  std::uint32_t struct_size;
  std::uint16_t sdk_major;
  std::uint16_t sdk_minor;
  const char* name;
  const char* version;
  const char* license;
  const char* fingerprint;
  const ComponentDescriptor* components;
  std::uint32_t component_count;
};

/// The name of the exported function: `extern "C" const konduit::PluginDescriptor* konduit_plugin()`.
inline constexpr const char* kPluginEntryPoint = "konduit_plugin";

/// ELF note that says the same before a library is loaded: section ".note.konduit", owner "konduit", type 1, text
/// "name=…;version=…;sdk=major.minor;<fingerprint>".
inline constexpr const char* kPluginNoteName = "konduit";
inline constexpr std::uint32_t kPluginNoteType = 1;

/// The factory for a class with a constructor (const config::Node&, Host&).
template <class ComponentType>
Component* create_component(const config::Node& node, Host& host, void* context, CreateFailure failure) noexcept {
  try {
    return new ComponentType(node, host);
  } catch (const std::exception& error) {
    failure(context, error.what());
  } catch (...) {
    failure(context, "an unknown exception was thrown");
  }
  return nullptr;
}

/// A descriptor's line: `describe<Acl>("acl", "Denies dials by …", kFields, kExample)`.
template <class ComponentType, std::size_t N>
constexpr ComponentDescriptor describe(const char* name, const char* summary, const config::Field (&fields)[N],
                                       const char* example, Stability stability = Stability::stable) {
  return {ComponentType::kKind,
          name,
          1,
          stability,
          summary,
          {fields, static_cast<std::uint32_t>(N)},
          example,
          &create_component<ComponentType>};
}
template <class ComponentType>
constexpr ComponentDescriptor describe(const char* name, const char* summary, const char* example,
                                       Stability stability = Stability::stable) {
  return {ComponentType::kKind, name, 1, stability, summary, {}, example, &create_component<ComponentType>};
}

}  // namespace konduit

// clang-format off
/// Exports a plugin: `KONDUIT_PLUGIN("filters", "1.0.0", "Apache-2.0", kComponents)` once, at namespace scope, where
/// kComponents is a constexpr array of ComponentDescriptor. The note is assembled by hand because compilers align
/// constants as they like, and a reader of notes expects 4 bytes.
#define KONDUIT_PLUGIN(plugin_name, plugin_version, plugin_license, plugin_components)                              \
  __asm__(".pushsection .note.konduit,\"a\",%note\n"                                                                \
          ".balign 4\n"                                                                                             \
          ".long 2f - 1f, 4f - 3f, 1\n"                                                                             \
          "1: .asciz \"konduit\"\n"                                                                                 \
          "2: .balign 4\n"                                                                                          \
          "3: .asciz \"name=" plugin_name ";version=" plugin_version ";sdk=" KONDUIT_TEXT(KONDUIT_SDK_MAJOR) "."    \
          KONDUIT_TEXT(KONDUIT_SDK_MINOR) ";" KONDUIT_FINGERPRINT "\"\n"                                            \
          "4: .balign 4\n"                                                                                          \
          ".popsection\n");                                                                                         \
  namespace {                                                                                                       \
  constexpr ::konduit::PluginDescriptor konduit_descriptor{                                                         \
      ::konduit::PluginDescriptor::kMagic, sizeof(::konduit::PluginDescriptor),                                     \
      KONDUIT_SDK_MAJOR, KONDUIT_SDK_MINOR,                                                                         \
      plugin_name, plugin_version, plugin_license, KONDUIT_FINGERPRINT, plugin_components,                          \
      sizeof(plugin_components) / sizeof(*(plugin_components))};                                                    \
  }                                                                                                                 \
  extern "C" KONDUIT_API const ::konduit::PluginDescriptor* konduit_plugin() { return &konduit_descriptor; }
// clang-format on
