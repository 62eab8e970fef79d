// One plugin, built in many ways: FIXTURE_* definitions make it wrong in one respect each.
#include <cstdlib>
#include <iterator>

#include "konduit/component.hpp"
#include "konduit/plugin.hpp"

#if defined(FIXTURE_MAJOR)
#undef KONDUIT_SDK_MAJOR
#define KONDUIT_SDK_MAJOR FIXTURE_MAJOR
#endif
#if defined(FIXTURE_MINOR)
#undef KONDUIT_SDK_MINOR
#define KONDUIT_SDK_MINOR FIXTURE_MINOR
#endif
#if defined(FIXTURE_BOOST)
#undef BOOST_LIB_VERSION
#define BOOST_LIB_VERSION FIXTURE_BOOST
#endif
#if !defined(FIXTURE_COMPONENT)
#define FIXTURE_COMPONENT "pass"
#endif

namespace {

/// Tells the test that code of this file ran, which must not happen before the file was judged.
__attribute__((constructor)) void leave_trace() {
  setenv("KONDUIT_FIXTURE_RAN", KONDUIT_PLUGIN_NAME, 1);
#if defined(FIXTURE_CRASHING)
  abort();
#endif
}

class Pass final : public konduit::Component {
 public:
  static constexpr konduit::ComponentKind kKind = konduit::ComponentKind::filter;
  Pass(const konduit::config::Node&, konduit::Host&) {}
};

constexpr konduit::config::Field kFields[] = {
    {.name = "limit", .type = konduit::config::Type::integer, .summary = "How many.", .default_value = "3"},
};

constexpr konduit::ComponentDescriptor make_component() {
  konduit::ComponentDescriptor component =
      konduit::describe<Pass>(FIXTURE_COMPONENT, "Lets pass.", kFields, "limit: 3");
#if defined(FIXTURE_NULL_FACTORY)
  component.create = nullptr;
#elif defined(FIXTURE_KIND)
  component.kind = konduit::ComponentKind(FIXTURE_KIND);
#elif defined(FIXTURE_INTERFACE)
  component.interface_version = FIXTURE_INTERFACE;
#endif
  return component;
}

constexpr konduit::ComponentDescriptor kComponents[] = {make_component()};

}  // namespace

#if defined(FIXTURE_UNDEFINED_SYMBOL)
extern "C" int konduit_symbol_that_nobody_defines();
extern "C" KONDUIT_API int fixture_call() { return konduit_symbol_that_nobody_defines(); }
#endif

#if defined(FIXTURE_NO_NOTE) || defined(FIXTURE_WRONG_MAGIC) || defined(FIXTURE_LYING_NOTE)
#define FIXTURE_HAND_MADE_DESCRIPTOR
#endif

#if defined(FIXTURE_NO_DESCRIPTOR) || defined(FIXTURE_NULL_DESCRIPTOR) || defined(FIXTURE_THROWING_ENTRY) || \
    defined(FIXTURE_WRONG_MAGIC) || defined(FIXTURE_LYING_NOTE)
#define FIXTURE_HAND_MADE_NOTE
#endif

#if defined(FIXTURE_HAND_MADE_NOTE)
__asm__(
    ".pushsection .note.konduit,\"a\",%note\n"
    ".balign 4\n"
    ".long 8, 2f - 1f, 1\n"
    ".asciz \"konduit\"\n"
    "1: .asciz \"name=" KONDUIT_PLUGIN_NAME ";version=" KONDUIT_PLUGIN_VERSION ";sdk=1.0;" KONDUIT_FINGERPRINT
    "\"\n"
    "2: .balign 4\n"
    ".popsection\n");
#endif

#if defined(FIXTURE_HAND_MADE_DESCRIPTOR)
#if defined(FIXTURE_WRONG_MAGIC)
#define FIXTURE_MAGIC 42
#else
#define FIXTURE_MAGIC konduit::PluginDescriptor::kMagic
#endif
#if defined(FIXTURE_LYING_NOTE)
#undef BOOST_LIB_VERSION
#define BOOST_LIB_VERSION "9_99"
#endif
namespace {
constexpr konduit::PluginDescriptor kDescriptor{FIXTURE_MAGIC,       sizeof(konduit::PluginDescriptor),
                                                KONDUIT_SDK_MAJOR,   KONDUIT_SDK_MINOR,
                                                KONDUIT_PLUGIN_NAME, KONDUIT_PLUGIN_VERSION,
                                                "Apache-2.0",        KONDUIT_FINGERPRINT,
                                                kComponents,         std::size(kComponents)};
}
extern "C" KONDUIT_API const konduit::PluginDescriptor* konduit_plugin() { return &kDescriptor; }
#elif defined(FIXTURE_NO_DESCRIPTOR)
[[maybe_unused]] static const auto* const kUnused = kComponents;
#elif defined(FIXTURE_NULL_DESCRIPTOR)
[[maybe_unused]] static const auto* const kUnused = kComponents;
extern "C" KONDUIT_API const konduit::PluginDescriptor* konduit_plugin() { return nullptr; }
#elif defined(FIXTURE_THROWING_ENTRY)
[[maybe_unused]] static const auto* const kUnused = kComponents;
extern "C" KONDUIT_API const konduit::PluginDescriptor* konduit_plugin() { throw 1; }
#else
KONDUIT_PLUGIN(KONDUIT_PLUGIN_NAME, KONDUIT_PLUGIN_VERSION, "Apache-2.0", kComponents)
#endif
