#include "runtime/limited_host.hpp"

#include "konduit/error.hpp"

namespace konduit::runtime {

void LimitedHost::report(const config::Node&, std::string what) { throw StartError(id_ + ": " + what); }

void LimitedHost::add_readiness(std::string, std::function<HealthState()>) { refuse(); }

std::shared_ptr<Listener> LimitedHost::listen(const config::Node&, const ListenSettings&) { refuse(); }

std::shared_ptr<Connector> LimitedHost::connector(const ConnectorSettings&) { refuse(); }

std::shared_ptr<void> LimitedHost::retained(std::string_view, std::shared_ptr<void> (*)(Host&)) { refuse(); }

void LimitedHost::watch_files(std::vector<std::string>, std::function<void()>) { refuse(); }

void LimitedHost::refuse() const {
  throw StartError(id_ + ": what belongs to no generation of the configuration may only log and count");
}

}  // namespace konduit::runtime
