#include "probe.inl"

#include "konduit/component.hpp"
#include "konduit/plugin.hpp"

namespace {

class Nothing final : public konduit::Component {
 public:
  static constexpr konduit::ComponentKind kKind = konduit::ComponentKind::filter;
  Nothing(const konduit::config::Node&, konduit::Host&) {}
};

constexpr konduit::ComponentDescriptor kComponents[] = {
    konduit::describe<Nothing>(KONDUIT_PLUGIN_NAME, "Does nothing.", ""),
};

}  // namespace

extern "C" KONDUIT_API const konduit::shared_runtime::Probe* shared_runtime_probe() {
  return &konduit::shared_runtime::probe();
}

KONDUIT_PLUGIN(KONDUIT_PLUGIN_NAME, KONDUIT_PLUGIN_VERSION, "Apache-2.0", kComponents)
