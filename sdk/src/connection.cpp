#include "konduit/connection.hpp"

#include <boost/system/system_error.hpp>

namespace konduit {

Liveness Liveness::from(const config::Node& node) {
  return {.enabled = node["enabled"].boolean(),
          .idle = node["idle"].duration(),
          .interval = node["interval"].duration(),
          .probes = static_cast<unsigned>(node["probes"].integer()),
          .user_timeout = node["user_timeout"].duration()};
}

awaitable<void> Listener::drain(Shard& shard, TimePoint) {
  stop(shard);
  co_return;
}

void throw_exception_from_error(const Connector::Failure& error, const boost::source_location&) {
  throw boost::system::system_error(error.code, error.text);
}

}  // namespace konduit
