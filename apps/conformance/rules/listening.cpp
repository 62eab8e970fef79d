// What everybody keeps who listens, a frontend or a backend.
#include "listening.hpp"

#include <gtest/gtest.h>

#include <string>

namespace konduit::conformance {

std::unique_ptr<testkit::StreamUser> silent_client_of(World& world) {
  if (world.listening.empty()) return nullptr;
  auto connection = world.network.connect(world.shard, world.listening.front(), {}, {.address = kClient});
  if (!connection) {
    ADD_FAILURE() << "nobody accepts at " << world.listening.front() << ": start() begins to";
    return nullptr;
  }
  return std::make_unique<testkit::StreamUser>(world.shard, std::move(connection->stream));
}

std::unique_ptr<testkit::StreamUser> client_of(World& world) {
  auto user = silent_client_of(world);
  if (user) user->receive();
  return user;
}

bool over(const testkit::StreamUser& client) { return client.read_end() || client.closes() > 0; }

namespace {

void coming_and_going(const Subject& subject) {
  World world(subject);
  Running running(world);
  if (!running.ok()) return;
  SKIP_UNLESS_LISTENING(world);
  for (int i = 0; i < 90; ++i) {
    auto client = client_of(world);
    if (!client) return;
    if (i % 3 == 0) client->send("\x05\x01 GET / \r\n");
    if (i % 2 == 0) world.step(1);
    if (i % 3 == 1) client->reset();
    if (i % 3 == 2) client->half_close();
    if (i % 5 == 0) world.settle();
  }
  world.settle();
}

void noise_is_let_go(const Subject& subject) {
  std::string noise;
  for (int i = 0; i < 70'000; ++i) noise += static_cast<char>((i * 7919) >> 3);
  World world(subject);
  Running running(world);
  if (!running.ok()) return;
  SKIP_UNLESS_LISTENING(world);
  for (const std::string& bytes :
       {noise, std::string(70'000, 'a'), std::string("\0\0\0\0", 4), std::string("\n\n\n")}) {
    const auto client = client_of(world);
    if (!client) return;
    client->send(bytes);
    world.settle();
    client->half_close();
    EXPECT_TRUE(world.until([&] { return over(*client); }))
        << "swallows EOF: a client that said " << bytes.size() << " bytes of noise and then ended is not let go";
  }
}

void expect_nobody_accepts(World& world, const char* behind) {
  for (const auto& url : world.listening) {
    const bool accepted = world.network.connect(world.shard, url).has_value();
    EXPECT_FALSE(accepted) << "it still accepts at " << url << " behind " << behind;
  }
}

void nobody_comes_behind_the_end(const Subject& subject) {
  constexpr Duration kMoment = std::chrono::milliseconds(50);
  World world(subject);
  Running drained(world);
  if (!drained.ok()) return;
  SKIP_UNLESS_LISTENING(world);
  world.run("drain()", drained.part<Part>().drain(world.shard.now() + kMoment));
  expect_nobody_accepts(world, "drain()");
  drained.stop();
  Running stopped(world);
  if (!stopped.ok()) return;
  stopped.stop();
  expect_nobody_accepts(world, "stop()");
}

constexpr Rule kRules[] = {
    {"clients come and go as they like", coming_and_going},
    {"a client that says noise and ends is let go", noise_is_let_go},
    {"who drains or has stopped accepts nobody", nobody_comes_behind_the_end},
};

}  // namespace

std::span<const Rule> listening_rules() { return kRules; }

}  // namespace konduit::conformance
