#include "world.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "konduit/authenticator.hpp"
#include "konduit/discovery.hpp"
#include "konduit/error.hpp"
#include "konduit/frontend.hpp"
#include "konduit/registrar.hpp"
#include "konduit/selector.hpp"
#include "konduit/testkit/watched.hpp"
#include "konduit/thrown.hpp"
#include "loop_watch.hpp"
#include "progress.hpp"
#include "recording.hpp"
#include "trial.hpp"

namespace konduit::conformance {
namespace {

using testkit::Outcome;
using testkit::watched;

constexpr Duration kPatience = std::chrono::seconds(5);
constexpr const char* kHeldUp = " blocks the loop: it does not come back";

std::string words_of(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (...) {
    return words_of_thrown();
  }
}

bool is_start_error(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const StartError&) {
    return true;
  } catch (...) {
    return false;
  }
}

void expect_no_exception(const char* what, const std::exception_ptr& exception) {
  if (!exception) return;
  const bool as_agreed = std::string_view(what) == "prepare()" && is_start_error(exception);
  ADD_FAILURE() << what << (as_agreed ? " cannot start: " : " throws: ") << words_of(exception)
                << (as_agreed ? " (give a configuration that works here: config, in the settings)" : "");
}

/// Nothing of the process can be used any more: what holds on to it goes on.
[[noreturn]] void give_up() {
  std::fflush(nullptr);
  Progress::concluded(kBroken);
  std::_Exit(kBroken);
}

}  // namespace

World::World(const Subject& judged) : World(judged, std::make_unique<Shard>(), nullptr) {}

World::World(const Subject& judged, World& other) : World(judged, nullptr, &other) {}

World::World(const Subject& judged, std::unique_ptr<Shard> own, World* other)
    : own_shard_(std::move(own)),
      subject(judged),
      shard(other ? other->shard : *own_shard_),
      host(shard, std::string(judged.descriptor->name) + (other ? "/counterpart" : "/judged")),
      network(other ? other->network : host.network),
      held_up_(std::string("it") + kHeldUp) {
  host.on_listen = [this](const config::Node& endpoint, const ListenSettings&) {
    listening.push_back(endpoint["url"].text());
    return network.listen(listening.back());
  };
  host.on_connector = [this](const ConnectorSettings&) { return recording(network.connector(), said); };
  for (const auto& reference : subject.references) add_fake(reference);
}

void World::discovers(const World& other) {
  for (auto* discovery : discoveries_) {
    discovery->urls = other.listening;
    discovery->changed();
  }
}

World::~World() = default;

void World::add_fake(const config::ComponentKey& reference) {
  std::unique_ptr<Part> part;
  switch (reference.kind) {
    case ComponentKind::backend: {
      auto backend = std::make_unique<testkit::FakeBackendPart>(shard);
      backends.push_back(backend.get());
      part = std::move(backend);
      break;
    }
    case ComponentKind::authenticator: part = std::make_unique<testkit::FakeAuthenticatorPart>(); break;
    case ComponentKind::discovery: {
      auto discovery = std::make_unique<testkit::FakeDiscoveryPart>();
      discoveries_.push_back(discovery.get());
      part = std::move(discovery);
      break;
    }
    case ComponentKind::registrar: part = std::make_unique<testkit::FakeRegistrarPart>(); break;
    case ComponentKind::selector: part = std::make_unique<testkit::FakeSelectorPart>(); break;
    default: ADD_FAILURE() << reference.id << ": nothing can stand in for this kind"; return;
  }
  attachment_.add(reference.kind, reference.id, *part);
  fakes.push_back(std::move(part));
}

std::unique_ptr<Component> World::make() {
  std::string failure;
  std::unique_ptr<Component> component;
  call("create()", [&] {
    component.reset(subject.descriptor->create(subject.node, host, &failure, [](void* context, const char* text) {
      *static_cast<std::string*>(context) = text;
    }));
  });
  if (!component) {
    ADD_FAILURE() << "create() made nothing of a valid configuration: " << failure
                  << " (give one that works here: config, in the settings)";
  }
  for (const auto& report : host.reports()) {
    ADD_FAILURE() << "create() reports a valid configuration: " << report.path << ": " << report.what;
  }
  return component;
}

std::unique_ptr<Component> World::prepared() {
  auto component = make();
  if (!component) return nullptr;
  run("prepare()", component->prepare());
  return testing::Test::HasFailure() ? nullptr : std::move(component);
}

std::unique_ptr<Part> World::attach(Component& component) {
  std::unique_ptr<Part> part;
  const auto attach_as = [&]<class Kind>(Kind& kind) { part = kind.attach(attachment_); };
  call("attach()", [&] {
    switch (subject.descriptor->kind) {
      case ComponentKind::frontend: part = static_cast<Frontend&>(component).attach(attachment_, dialer); break;
      case ComponentKind::backend: attach_as(static_cast<Backend&>(component)); break;
      case ComponentKind::filter: attach_as(static_cast<Filter&>(component)); break;
      case ComponentKind::authenticator: attach_as(static_cast<Authenticator&>(component)); break;
      case ComponentKind::discovery: attach_as(static_cast<Discovery&>(component)); break;
      case ComponentKind::registrar: attach_as(static_cast<Registrar&>(component)); break;
      case ComponentKind::selector: attach_as(static_cast<Selector&>(component)); break;
      case ComponentKind::transport: break;
    }
  });
  if (!part && subject.descriptor->kind != ComponentKind::transport) ADD_FAILURE() << "attach() made no part";
  return part;
}

void World::call(const char* what, const std::function<void()>& function) {
  const Doing doing(std::string(what) + kHeldUp);
  const LoopWatch watch;
  try {
    function();
  } catch (...) {
    ADD_FAILURE() << what << " throws: " << words_of_thrown();
  }
  if (const char* failure = watch.failure()) ADD_FAILURE() << what << ' ' << failure;
}

void World::turn(Duration wait) {
  const Doing doing(held_up_);
  const LoopWatch busy;
  const std::size_t handlers = shard.run_turn(Duration::zero());
  const char* failure = busy.failure();
  if (handlers == 0 && !failure && wait > Duration::zero()) {
    const LoopWatch waiting(1);
    shard.run_turn(wait, 1);
    failure = waiting.failure();
  }
  if (failure) ADD_FAILURE() << "it " << failure;
}

void World::run(const char* what, awaitable<void> task) {
  TaskGroup group(shard);
  Outcome outcome;
  group.spawn(watched(std::move(task), &outcome));
  held_up_ = std::string(what) + kHeldUp;
  if (!until([&] { return group.size() == 0; })) {
    ADD_FAILURE() << what << " does not end: it waits without a deadline";
    cancel(group, what);
  }
  held_up_ = std::string("it") + kHeldUp;
  expect_no_exception(what, outcome.exception);
}

bool World::cancel_after(unsigned steps, const char* what, awaitable<void> task) {
  TaskGroup group(shard);
  Outcome outcome;
  group.spawn(watched(std::move(task), &outcome));
  held_up_ = std::string(what) + kHeldUp;
  step(steps, [&] { return group.size() == 0; });
  const bool under_way = group.size() != 0;
  cancel(group, what);
  expect_no_exception(what, outcome.exception);
  return under_way;
}

void World::cancel(TaskGroup& group, const char* what) {
  const std::string broken = std::string(what) + " ignores its cancellation";
  held_up_ = broken + ": it goes on without giving the loop back";
  {
    const Doing doing(held_up_);
    group.cancel();
  }
  if (!until([&] { return group.size() == 0; })) {
    ADD_FAILURE() << broken << ": it goes on for more than " << kPatience / std::chrono::seconds(1) << " s";
    give_up();
  }
  held_up_ = std::string("it") + kHeldUp;
}

void World::step(unsigned steps, const std::function<bool()>& done) {
  for (unsigned i = 0; i < steps && !done(); ++i) {
    const Doing doing(held_up_);
    shard.run_turn(std::chrono::milliseconds(1), 1);
  }
}

void at_every_step(unsigned most, const std::function<bool(unsigned steps)>& try_cancelled) {
  for (unsigned steps = 0; steps < most && !testing::Test::HasFailure(); ++steps) {
    SCOPED_TRACE("cancelled after " + std::to_string(steps) + " steps");
    if (!try_cancelled(steps)) return;
  }
}

bool World::until(const std::function<bool()>& done) {
  const auto end = Clock::now() + kPatience;
  turn();
  while (!done()) {
    if (Clock::now() > end) return false;
    turn();
  }
  return true;
}

void World::settle() {
  const auto end = Clock::now() + kPatience;
  for (int quiet = 0; quiet < 3;) {
    if (Clock::now() > end) {
      ADD_FAILURE() << "it never comes to rest: it works although nothing happens";
      return;
    }
    const Doing doing(held_up_);
    const LoopWatch watch(1);
    quiet = shard.run_turn(kPause) == 0 ? quiet + 1 : 0;
    if (const char* failure = watch.failure()) ADD_FAILURE() << "it " << failure;
  }
}

Running::Running(World& world, bool start) : world_(world), component_(world.prepared()) {
  if (!component_) return;
  part_ = world_.attach(*component_);
  if (part_ && start) world_.run("start()", part_->start());
}

Running::~Running() {
  stop();
  part_.reset();
  component_.reset();
  world_.settle();
}

void Running::stop() {
  world_.dialer.spliced.clear();  // the core cuts tunnels before it stops who serves them
  if (part_ && !std::exchange(stopped_, true)) world_.run("stop()", part_->stop());
}

}  // namespace konduit::conformance
