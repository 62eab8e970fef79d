#include "konduit/registrar.hpp"

#include <gtest/gtest.h>

#include <string>

#include "world.hpp"

namespace konduit::conformance {
namespace {

constexpr Duration kMoment = std::chrono::milliseconds(50);

/// Announces `server_id` twice, as two generations do, and withdraws it; with or without a drain.
void announce(const Subject& subject, const std::string& server_id, bool drains) {
  SCOPED_TRACE("a server whose id has " + std::to_string(server_id.size()) + " bytes" +
               (drains ? "" : ", stopped without a drain"));
  World world(subject);
  Running running(world);
  if (!running.ok()) return;
  auto& part = running.part<RegistrarPart>();
  for (int i = 0; i < 2; ++i) {
    world.call("announce()", [&] { part.announce(server_id); });
    world.step(20);
  }
  if (drains) world.run("drain()", part.drain(world.shard.now() + kMoment));
  running.stop();
  world.run("the second stop()", part.stop());
}

void announcements_are_withdrawn(const Subject& subject) {
  for (const bool drains : {true, false}) {
    for (const std::string& id :
         {std::string("server-1"), std::string(), std::string(10'000, 'x'), std::string("\xff\n")}) {
      announce(subject, id, drains);
      if (testing::Test::HasFailure()) return;
    }
  }
}

constexpr Rule kRules[] = {
    {"it announces whatever id, and withdraws it in time", announcements_are_withdrawn},
};

}  // namespace

std::span<const Rule> registrar_rules() { return kRules; }

}  // namespace konduit::conformance
