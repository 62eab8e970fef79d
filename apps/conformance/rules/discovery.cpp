#include <gtest/gtest.h>

#include "konduit/discovery.hpp"
#include "world.hpp"

namespace konduit::conformance {
namespace {

/// Notices, and that none comes from inside a call.
class Listening final : public DiscoveryPart::Observer {
 public:
  void on_discovery_changed() override {
    EXPECT_FALSE(calling) << "on_discovery_changed() comes from inside a call into the discovery";
  }
  bool calling = false;
};

void answers_what_it_knows(const Subject& subject) {
  World world(subject);
  Running running(world);
  if (!running.ok()) return;
  auto& part = running.part<DiscoveryPart>();
  Listening first, second;
  part.subscribe(first);
  part.subscribe(second);
  const auto tell = [&](const char* what, const std::function<void()>& call) {
    first.calling = second.calling = true;
    world.call(what, call);
    first.calling = second.calling = false;
    world.settle();
  };
  for (const auto& announcement :
       {ServerAnnouncement{"one", 3}, ServerAnnouncement{"two", 2}, ServerAnnouncement{"one", 0},
        ServerAnnouncement{"", std::nullopt}, ServerAnnouncement{std::string(10'000, 'x'), 4'000'000'000U}}) {
    tell("announced()", [&] { part.announced(announcement); });
    tell("count()", [&] { (void)part.count(); });
    tell("servers()", [&] {
      for (const auto& url : part.servers()) {
        EXPECT_NE(url.find("://"), std::string::npos) << "servers() answers what is no url: " << url;
      }
    });
  }
  tell("lost() of a server that was never there", [&] { part.lost("three"); });
  tell("lost()", [&] { part.lost("one"); });
  tell("lost() of a server that was lost", [&] { part.lost("one"); });
  part.unsubscribe(first);
  running.stop();
  part.unsubscribe(second);
}

constexpr Rule kRules[] = {
    {"it answers what it knows, whatever servers say of themselves", answers_what_it_knows},
};

}  // namespace

std::span<const Rule> discovery_rules() { return kRules; }

}  // namespace konduit::conformance
