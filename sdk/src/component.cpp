#include "konduit/component.hpp"

namespace konduit {

std::string_view to_string(ComponentKind kind) noexcept {
  switch (kind) {
    case ComponentKind::transport: return "transport";
    case ComponentKind::frontend: return "frontend";
    case ComponentKind::backend: return "backend";
    case ComponentKind::filter: return "filter";
    case ComponentKind::authenticator: return "authenticator";
    case ComponentKind::discovery: return "discovery";
    case ComponentKind::registrar: return "registrar";
    case ComponentKind::selector: return "selector";
  }
  return "unknown";
}

awaitable<void> Part::start() { co_return; }

awaitable<void> Part::drain(TimePoint) { co_return; }

awaitable<void> Part::stop() { co_return; }

awaitable<void> Component::prepare() { co_return; }

}  // namespace konduit
