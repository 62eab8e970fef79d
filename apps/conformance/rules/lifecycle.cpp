#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "konduit/error.hpp"
#include "process_state.hpp"
#include "progress.hpp"
#include "world.hpp"

namespace konduit::conformance {
namespace {

constexpr Duration kMoment = std::chrono::milliseconds(50);

void create_is_pure(const Subject& subject) {
  World world(subject);
  const auto before = ProcessState::now();
  const auto first = world.make();
  const auto second = world.make();
  EXPECT_EQ(ProcessState::now().beyond(before), "")
      << "create() is pure: it opens nothing and starts no thread; prepare() is the place for it";
}

/// The growth of memory over many rounds of `round`, once it has settled.
template <class Function>
void expect_no_growth(const char* of_what, Function round) {
  if (allocated_bytes() == 0) GTEST_SKIP() << "the allocator does not tell what it has handed out";
  constexpr int kRounds = 200;
  constexpr std::size_t kNoise = 4 * 1024;
  for (int i = 0; i < kRounds; ++i) round();
  const auto before = allocated_bytes();
  for (int i = 0; i < kRounds; ++i) round();
  const auto after = allocated_bytes();
  EXPECT_LT(after, before + kNoise) << "it leaks memory: " << kRounds << ' ' << of_what << " left "
                                    << static_cast<std::ptrdiff_t>(after - before) << " bytes behind";
}

void create_leaves_no_memory(const Subject& subject) {
  expect_no_growth("makings and destructions", [&] {
    World world(subject);
    world.make();
  });
}

void whole_life_leaves_nothing(const Subject& subject) {
  const auto live = [&] {
    World world(subject);
    Running running(world);
    if (running.ok()) world.settle();
  };
  live();  // what a process opens once stays open: the loop's own descriptors do not
  if (testing::Test::HasFailure()) return;
  const auto before = ProcessState::now();
  live();
  EXPECT_EQ(ProcessState::now().beyond(before), "") << "it leaks: this is left when it has stopped and is destroyed";
}

void nothing_wakes_up_behind_it(const Subject& subject) {
  World world(subject);
  {
    Running running(world);
    if (!running.ok()) return;
    world.settle();
  }
  world.shard.deadlines().fake_clock();
  world.settle();
  world.shard.deadlines().advance(std::chrono::hours(24 * 365));
  const Doing doing("it wakes up behind its end");
  EXPECT_EQ(world.shard.run_turn(Duration::zero()), 0U)
      << "it leaks: something still waits for its time when it has stopped and is destroyed; stop() joins every task";
}

void destroyed_at_any_point(const Subject& subject) {
  World world(subject);
  world.make().reset();
  world.prepared().reset();
  if (const auto component = world.prepared()) {
    auto part = world.attach(*component);
    if (part) world.run("stop()", part->stop());
    part.reset();
  }
  world.settle();
}

void stops_twice_and_unstarted(const Subject& subject) {
  World world(subject);
  Running unstarted(world, false);
  if (!unstarted.ok()) return;
  world.run("stop() before start()", unstarted.part<Part>().stop());
  world.run("the second stop()", unstarted.part<Part>().stop());
  Running started(world);
  if (!started.ok()) return;
  world.run("stop()", started.part<Part>().stop());
  world.run("the second stop()", started.part<Part>().stop());
}

void drains_in_any_state(const Subject& subject) {
  World world(subject);
  Running unstarted(world, false);
  if (!unstarted.ok()) return;
  world.run("drain() before start()", unstarted.part<Part>().drain(world.shard.now() + kMoment));
  unstarted.stop();
  Running started(world);
  if (!started.ok()) return;
  world.run("drain()", started.part<Part>().drain(world.shard.now() + kMoment));
  world.run("the second drain(), whose deadline has passed", started.part<Part>().drain(world.shard.now() - kMoment));
  started.stop();
  world.run("drain() behind stop()", started.part<Part>().drain(world.shard.now() + kMoment));
}

void cancelled_drains_end(const Subject& subject) {
  constexpr unsigned kMostSteps = 100;
  at_every_step(kMostSteps, [&](unsigned steps) {
    World world(subject);
    Running running(world);
    if (!running.ok()) return false;
    auto drain = running.part<Part>().drain(world.shard.now() + std::chrono::hours(1));
    return world.cancel_after(steps, "drain()", std::move(drain));
  });
}

void generations_overlap(const Subject& subject) {
  World world(subject);
  auto first = std::make_unique<Running>(world);
  if (!first->ok()) return;
  Running second(world);
  if (!second.ok()) return;
  world.settle();
  world.run("drain() of the first", first->part<Part>().drain(world.shard.now() + kMoment));
  first.reset();
  world.settle();
  second.stop();
}

void refusing_host_is_an_error_of_start(const Subject& subject) {
  World world(subject);
  world.host.on_listen = [](const config::Node&, const ListenSettings&) -> std::shared_ptr<Listener> {
    throw StartError("the address is in use");
  };
  world.host.on_connector = [](const ConnectorSettings&) -> std::shared_ptr<Connector> {
    throw StartError("the certificate cannot be read");
  };
  auto component = world.make();
  if (!component) return;
  try {
    testkit::await(world.shard, component->prepare());
  } catch (const StartError&) {
  } catch (const std::exception& error) {
    ADD_FAILURE() << "prepare() throws what is no StartError: " << error.what();
  }
  component.reset();
  world.settle();
}

constexpr Rule kRules[] = {
    {"create opens nothing and starts no thread", create_is_pure},
    {"create leaves no memory behind", create_leaves_no_memory},
    {"a whole life leaves no descriptor and no thread behind", whole_life_leaves_nothing},
    {"nothing of it wakes up behind its end", nothing_wakes_up_behind_it},
    {"it may be destroyed at any point of its life", destroyed_at_any_point},
    {"it stops twice, and before it was started", stops_twice_and_unstarted},
    {"it drains by the deadline, whatever came before", drains_in_any_state},
    {"a drain that is cancelled ends", cancelled_drains_end},
    {"two generations live side by side", generations_overlap},
    {"what the host refuses is an error of the start", refusing_host_is_an_error_of_start},
};
// A transport has no parts; it is made once for the process.
constexpr Rule kTransportRules[] = {kRules[0], kRules[1]};

}  // namespace

std::span<const Rule> lifecycle_rules() { return kRules; }
std::span<const Rule> making_rules() { return kTransportRules; }

}  // namespace konduit::conformance
