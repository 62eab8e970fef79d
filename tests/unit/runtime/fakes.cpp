#include "fakes.hpp"

#include <algorithm>
#include <utility>

#include "konduit/backend.hpp"
#include "konduit/error.hpp"
#include "konduit/filter.hpp"
#include "konduit/frontend.hpp"
#include "konduit/plugin.hpp"

namespace konduit::runtime::test {

namespace {

/// What one fake component does.
class Script {
 public:
  Script(const config::Node& node, Host& host)
      : id_(host.id()), fails_(node["fails"].text()), late_(node["drains"].text() == "late") {
    step("create");
  }

  bool late() const noexcept { return late_; }
  void note(const std::string& what) const { journal().note(id_ + " " + what); }
  void step(const std::string& what, const Shard* shard = nullptr) const {
    note(shard ? what + " " + std::to_string(shard->index()) : what);
    if (fails_ == what) throw StartError(id_ + " fails in " + what);
  }

 private:
  const std::string id_;
  const std::string fails_;
  const bool late_;
};

template <class PartKind>
class FakePart : public PartKind {
 public:
  FakePart(const Script& script, Shard& shard) : script_(script), shard_(shard) { script_.step("attach", &shard_); }
  ~FakePart() override { script_.step("gone", &shard_); }

  awaitable<void> start() override {
    script_.step("start", &shard_);
    co_return;
  }
  awaitable<void> drain(TimePoint deadline) override {
    script_.step("drain", &shard_);
    if (script_.late()) co_await shard_.deadlines().wait_until(deadline);
  }
  awaitable<void> stop() override {
    script_.step("stop", &shard_);
    co_return;
  }

 private:
  const Script& script_;
  Shard& shard_;
};

class FakeBackendPart final : public FakePart<BackendPart> {
 public:
  using FakePart::FakePart;
  awaitable<DialResult<StreamPtr>> dial(const DialRequest&) override {
    co_return DialError{DialErrc::refused, false, "a fake"};
  }
};

template <class Kind>
class FakeComponent : public Kind {
 public:
  FakeComponent(const config::Node& node, Host& host) : script_(node, host) {}
  ~FakeComponent() override { script_.note("destroy"); }

  awaitable<void> prepare() override {
    script_.step("prepare");
    co_return;
  }

 protected:
  const Script script_;
};

class FakeFilter final : public FakeComponent<Filter> {
 public:
  using FakeComponent::FakeComponent;
  std::unique_ptr<FilterPart> attach(Attachment& attachment) override {
    return std::make_unique<FakePart<FilterPart>>(script_, attachment.shard());
  }
};

class FakeBackend final : public FakeComponent<Backend> {
 public:
  using FakeComponent::FakeComponent;
  std::unique_ptr<BackendPart> attach(Attachment& attachment) override {
    return std::make_unique<FakeBackendPart>(script_, attachment.shard());
  }
};

class FakeFrontend final : public FakeComponent<Frontend> {
 public:
  using FakeComponent::FakeComponent;
  std::unique_ptr<FrontendPart> attach(Attachment& attachment, Dialer&) override {
    return std::make_unique<FakePart<FrontendPart>>(script_, attachment.shard());
  }
};

constexpr ComponentDescriptor kComponents[] = {
    describe<FakeFilter>("fake", "A filter.", "{}"),
    describe<FakeBackend>("fake", "A backend.", "{}"),
    describe<FakeFrontend>("fake", "A frontend.", "{}"),
};

config::ComponentConfig component(ComponentKind kind, const std::string& id, const Behaviour& behaviour) {
  auto node = config::Node::map({});
  if (!behaviour.fails.empty()) node.add("fails", config::Node::scalar(behaviour.fails));
  if (!behaviour.drains.empty()) node.add("drains", config::Node::scalar(behaviour.drains));
  node.set_path(id);
  return {kind, id, "fake", std::move(node), {}, FakeCatalog().find(kind, "fake")};
}

}  // namespace

void Journal::note(const std::string& line) {
  {
    const std::lock_guard lock(mutex_);
    lines_.push_back(line);
  }
  if (when_noted) when_noted(line);
}

std::vector<std::string> Journal::lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

bool Journal::has(const std::string& line) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::count(lines_, line) != 0;
}

void Journal::clear() {
  const std::lock_guard lock(mutex_);
  lines_.clear();
  when_noted = nullptr;
}

Journal& journal() {
  static Journal only;
  return only;
}

const ComponentDescriptor* FakeCatalog::find(ComponentKind kind, std::string_view) const {
  const auto found =
      std::ranges::find_if(kComponents, [kind](const ComponentDescriptor& known) { return known.kind == kind; });
  return found == std::ranges::end(kComponents) ? nullptr : &*found;
}

config::Configuration configuration(const Behaviour& filter, const Behaviour& backend, const Behaviour& frontend) {
  config::Configuration made;
  made.components.push_back(component(ComponentKind::filter, "fake/filter", filter));
  made.components.push_back(component(ComponentKind::backend, "fake/backend", backend));
  made.components.push_back(component(ComponentKind::frontend, "fake/frontend", frontend));
  made.pipelines.push_back({.name = "main",
                            .frontends = {"fake/frontend"},
                            .filters = {"fake/filter"},
                            .backend = "fake/backend",
                            .mark = {}});
  return made;
}

}  // namespace konduit::runtime::test
