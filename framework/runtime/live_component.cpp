#include "runtime/live_component.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <stdexcept>
#include <string>
#include <utility>

#include "konduit/authenticator.hpp"
#include "konduit/discovery.hpp"
#include "konduit/filter.hpp"
#include "konduit/registrar.hpp"
#include "konduit/selector.hpp"

namespace konduit::runtime {

void UseEnd::operator()(LiveComponent* component) const noexcept {
  if (--component->uses_ == 0) component->unused_.set();
}

/// What a component sees while its part is made.
class LiveComponent::PartAttachment final : public Attachment {
 public:
  PartAttachment(const LiveComponent& component, Shard& shard) : component_(component), shard_(shard) {}

  Shard& shard() noexcept override { return shard_; }

 private:
  Part& find(ComponentKind kind, std::string_view id) override { return component_.reference(kind, id).part(shard_); }

  const LiveComponent& component_;
  Shard& shard_;
};

LiveComponent::LiveComponent(Environment& environment, const config::ComponentConfig& config,
                             std::vector<ComponentUse> references)
    : config_(config),
      log_(environment.log.logger(config.id)),
      references_(std::move(references)),
      host_(environment, config_.id,
            [this](Shard& shard, const std::string& id) -> BackendPart& {
              return reference(ComponentKind::backend, id).backend_part(shard);
            }),
      parts_(environment.shards.size()),
      unused_(environment.control()) {
  unused_.set();
}

LiveComponent::~LiveComponent() = default;

ComponentUse LiveComponent::use() noexcept {
  ++uses_;
  unused_.clear();
  return ComponentUse(this);
}

awaitable<void> LiveComponent::unused() {
  while (uses_ != 0) co_await unused_.wait();
}

void LiveComponent::create(config::Problems& problems, std::string_view plugin) {
  struct Context {
    const config::Node& node;
    config::Problems& problems;
    std::string_view plugin;
  } context{config_.node, problems, plugin};
  host_.collect(&problems, plugin);
  component_.reset(config_.descriptor->create(config_.node, host_, &context, [](void* opaque, const char* text) {
    auto& told = *static_cast<Context*>(opaque);
    told.problems.error(told.node, text, told.plugin);
  }));
  host_.collect(nullptr, {});
}

void LiveComponent::attach(Shard& shard, Dialer* dialer) {
  PartAttachment attachment(*this, shard);
  parts_[shard.index()] = make_part(attachment, dialer);
}

void LiveComponent::attach(Shard& shard, std::unique_ptr<Part> stand_in) {
  parts_[shard.index()] = std::move(stand_in);
}

std::unique_ptr<Part> LiveComponent::make_part(Attachment& attachment, Dialer* dialer) {
  switch (config_.kind) {
    case ComponentKind::frontend: return static_cast<Frontend&>(*component_).attach(attachment, *dialer);
    case ComponentKind::backend: return static_cast<Backend&>(*component_).attach(attachment);
    case ComponentKind::filter: return static_cast<Filter&>(*component_).attach(attachment);
    case ComponentKind::authenticator: return static_cast<Authenticator&>(*component_).attach(attachment);
    case ComponentKind::discovery: return static_cast<Discovery&>(*component_).attach(attachment);
    case ComponentKind::registrar: return static_cast<Registrar&>(*component_).attach(attachment);
    case ComponentKind::selector: return static_cast<Selector&>(*component_).attach(attachment);
    case ComponentKind::transport: break;
  }
  throw std::logic_error("a transport has no parts");
}

LiveComponent& LiveComponent::reference(ComponentKind kind, std::string_view id) const {
  for (const ComponentUse& known : references_) {
    if (known->is(kind, id)) return *known;
  }
  throw std::logic_error(config_.id + " asks for " + std::string(id) + ", which no reference of its schema names");
}

Part& LiveComponent::part(const Shard& shard) const noexcept { return *parts_[shard.index()]; }

awaitable<void> LiveComponent::start(Shard& shard) { co_await part(shard).start(); }

awaitable<void> LiveComponent::drain(Shard& shard, TimePoint deadline) {
  const auto& part = parts_[shard.index()];
  if (part == nullptr) co_return;
  try {
    co_await part->drain(deadline);
  } catch (const std::exception& error) {
    report("failed to drain", error);
  }
}

awaitable<void> LiveComponent::stop(Shard& shard) {
  const auto& part = parts_[shard.index()];
  if (part == nullptr) co_return;
  try {
    co_await part->stop();
  } catch (const std::exception& error) {
    report("failed to stop", error);
  }
}

void LiveComponent::detach(Shard& shard) noexcept { parts_[shard.index()].reset(); }

void LiveComponent::report(std::string_view what, const std::exception& error) {
  const auto* system = dynamic_cast<const boost::system::system_error*>(&error);
  if (system != nullptr && system->code() == asio::error::operation_aborted) return;  // a drain that was cut short
  log_.error(what, {{"error", std::string_view(error.what())}});
}

}  // namespace konduit::runtime
