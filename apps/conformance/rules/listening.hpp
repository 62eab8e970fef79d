#pragma once

#include <memory>

#include "konduit/testkit/stream_user.hpp"
#include "world.hpp"

namespace konduit::conformance {

/// Where the clients of the suite are.
inline constexpr const char* kClient = "tcp://192.0.2.7:40312";

/// A client in memory of who listens in `world`, at the first of its urls. Null where it listens on none.
std::unique_ptr<testkit::StreamUser> client_of(World& world);
/// The same, and it reads nothing until it is told to.
std::unique_ptr<testkit::StreamUser> silent_client_of(World& world);

/// True if whoever serves `client` has let it go.
bool over(const testkit::StreamUser& client);

/// Those that listen on nothing connect, and their counterparts are the clients.
#define SKIP_UNLESS_LISTENING(world) \
  if ((world).listening.empty()) GTEST_SKIP() << "it listens on nothing"

}  // namespace konduit::conformance
