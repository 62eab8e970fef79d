#include "listener/listener_registry.hpp"

#include <utility>

#include "konduit/error.hpp"
#include "konduit/shard.hpp"
#include "konduit/tls.hpp"
#include "listener/accept_loop.hpp"

namespace konduit::listener {

namespace {

/// Keeps the loop alive until it has ended by itself.
awaitable<void> run_loop(std::shared_ptr<AcceptLoop> loop) { co_await loop->run(); }

std::shared_ptr<TlsContext> server_context(const config::Node& tls, const ListenSettings& settings) {
  if (!tls) return nullptr;
  auto wanted = TlsSettings::from(tls);
  wanted.alpn.insert(wanted.alpn.end(), settings.alpn.begin(), settings.alpn.end());
  wanted.require_alpn = settings.require_alpn;
  return TlsContext::server(wanted);
}

}  // namespace

/// What a component holds: its own TLS and accept loops on a socket that may be shared.
class ListenerRegistry::ManagedListener final : public Listener {
 public:
  ManagedListener(ListenerRegistry& registry, std::shared_ptr<Binding> binding, std::shared_ptr<TlsContext> tls,
                  const Liveness& liveness, ListenerOwner owner)
      : registry_(registry),
        binding_(std::move(binding)),
        tls_(std::move(tls)),
        liveness_(liveness),
        owner_(std::move(owner)),
        loops_(registry.shards_.size()) {}

  const std::string& url() const noexcept override { return binding_->url(); }
  const std::string& owner() const noexcept { return owner_.id; }

  void start(Shard& shard, Handler& handler) override {
    auto& loop = loops_[shard.index()];
    loop = std::make_shared<AcceptLoop>(shard, binding_->open(shard, liveness_), tls_, handler, owner_.log,
                                        owner_.metrics, url());
    registry_.loops_[shard.index()]->spawn(run_loop(loop));
  }

  void stop(Shard& shard) override {
    if (auto loop = std::exchange(loops_[shard.index()], nullptr)) loop->stop();
  }

 private:
  ListenerRegistry& registry_;
  std::shared_ptr<Binding> binding_;  // shared by the listeners of generations that overlap
  std::shared_ptr<TlsContext> tls_;   // shared by the accept loops
  const Liveness liveness_;
  ListenerOwner owner_;
  std::vector<std::shared_ptr<AcceptLoop>> loops_;  // each shared with its running task, on its shard's thread
};

ListenerRegistry::ListenerRegistry(const Transports& transports, std::span<Shard* const> shards)
    : transports_(transports), shards_(shards) {
  for (Shard* shard : shards_) loops_.push_back(std::make_unique<TaskGroup>(*shard));
}

ListenerRegistry::~ListenerRegistry() = default;

std::shared_ptr<Listener> ListenerRegistry::take(const config::Node& endpoint, const ListenSettings& settings,
                                                 ListenerOwner owner) {
  auto tls = server_context(endpoint["tls"], settings);
  auto listener =
      std::make_shared<ManagedListener>(*this, bind(endpoint), std::move(tls), settings.liveness, std::move(owner));
  listeners_.push_back(listener);
  return listener;
}

std::shared_ptr<Binding> ListenerRegistry::bind(const config::Node& endpoint) {
  const std::string& url = endpoint["url"].text();
  auto& known = bindings_[url];
  // Port 0 asks for a new port every time.
  const bool any_port = url.ends_with(":0");
  if (auto binding = known.lock(); binding && !any_port) return binding;
  const Transport* transport = transports_.find(url);
  if (!transport) throw StartError("no transport for " + url);
  std::shared_ptr<Binding> binding = transport->bind(endpoint);
  known = binding;
  return binding;
}

std::vector<ListenerRegistry::Bound> ListenerRegistry::bound() const {
  std::vector<Bound> all;
  for (const auto& weak : listeners_) {
    if (const auto listener = weak.lock()) all.push_back({listener->owner(), listener->url()});
  }
  return all;
}

awaitable<void> ListenerRegistry::join(Shard& shard) { co_await loops_[shard.index()]->join(); }

}  // namespace konduit::listener
