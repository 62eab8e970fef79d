#include "listener/listener_registry.hpp"

#include <atomic>
#include <utility>

#include "konduit/error.hpp"
#include "konduit/shard.hpp"
#include "konduit/tls.hpp"
#include "listener/accept_loop.hpp"
#include "listener/followed_tls.hpp"
#include "listener/shared_socket.hpp"

namespace konduit::listener {

namespace {

/// Keeps the loop alive until it has ended by itself.
awaitable<void> run_loop(std::shared_ptr<AcceptLoop> loop) { co_await loop->run(); }

FollowedTls server_tls(const config::Node& tls, const ListenSettings& settings, const ListenerOwner& owner) {
  if (!tls) return {};
  auto wanted = TlsSettings::from(tls);
  wanted.alpn.insert(wanted.alpn.end(), settings.alpn.begin(), settings.alpn.end());
  wanted.require_alpn = settings.require_alpn;
  if (!owner.files) return FollowedTls::server(wanted, nullptr);
  const FileUser user{*owner.files, owner.log, owner.metrics};
  return FollowedTls::server(wanted, &user);
}

}  // namespace

/// What a component holds: its own TLS and accept loops on a socket that may be shared.
class ListenerRegistry::ManagedListener final : public Listener {
 public:
  ManagedListener(ListenerRegistry& registry, std::shared_ptr<SharedSocket> socket, FollowedTls tls,
                  const Liveness& liveness, ListenerOwner owner)
      : registry_(registry),
        url_(socket->url()),
        socket_(std::move(socket)),
        tls_(std::move(tls)),
        liveness_(liveness),
        owner_(std::move(owner)),
        loops_(registry.shards_.size()) {}

  const std::string& url() const noexcept override { return url_; }

  void start(Shard& shard, Handler& handler) override {
    started_.fetch_add(1);
    auto& loop = loops_[shard.index()];
    loop = std::make_shared<AcceptLoop>(shard, socket_->open(shard, liveness_), tls_.context(), handler, owner_.log,
                                        owner_.metrics, url());
    socket_->add(shard, loop);
    registry_.loops_[shard.index()]->spawn(run_loop(loop));
  }

  awaitable<void> drain(Shard& shard, TimePoint deadline) override {
    const auto loop = loops_[shard.index()];
    if (!loop) co_return;
    let_go(shard, loop);
    co_await loop->ended(deadline);
  }

  void stop(Shard& shard) override {
    const auto loop = std::exchange(loops_[shard.index()], nullptr);
    if (!loop) return;
    let_go(shard, loop);
    loop->stop();
  }

 private:
  void let_go(Shard& shard, const std::shared_ptr<AcceptLoop>& loop) {
    if (loop->closed()) return;
    socket_->remove(shard, loop);
    if (started_.fetch_sub(1) == 1) socket_.reset();
  }

  ListenerRegistry& registry_;
  const std::string url_;
  std::shared_ptr<SharedSocket> socket_;  // shared by the listeners of generations that overlap
  std::atomic<unsigned> started_ = 0;     // on so many shards; whoever takes it to 0 lets go of the socket
  const FollowedTls tls_;                 // its context is shared by the accept loops
  const Liveness liveness_;
  ListenerOwner owner_;
  std::vector<std::shared_ptr<AcceptLoop>> loops_;  // by shard; shared with the socket and the running task
};

ListenerRegistry::ListenerRegistry(const Transports& transports, std::span<Shard* const> shards)
    : transports_(transports), shards_(shards) {
  for (Shard* shard : shards_) loops_.push_back(std::make_unique<TaskGroup>(*shard));
}

ListenerRegistry::~ListenerRegistry() = default;

std::shared_ptr<Listener> ListenerRegistry::take(const config::Node& endpoint, const ListenSettings& settings,
                                                 ListenerOwner owner) {
  auto tls = server_tls(endpoint["tls"], settings, owner);
  auto socket = bind(endpoint, owner.id);
  return std::make_shared<ManagedListener>(*this, std::move(socket), std::move(tls), settings.liveness,
                                           std::move(owner));
}

std::shared_ptr<SharedSocket> ListenerRegistry::bind(const config::Node& endpoint, const std::string& owner) {
  const std::string& url = endpoint["url"].text();
  // Port 0 asks for a port that nobody else has, and keeps it as long as the same field of the same component asks.
  const std::string key = url.ends_with(":0") ? owner + ' ' + endpoint.path() + ' ' + url : url;
  std::erase_if(sockets_, [](const auto& known) { return known.second.expired(); });
  auto& known = sockets_[key];
  if (auto socket = known.lock()) return socket;
  const Transport* transport = transports_.find(url);
  if (!transport) throw StartError("no transport for " + url);
  auto socket = std::make_shared<SharedSocket>(transport->bind(endpoint), shards_.size());
  known = socket;
  return socket;
}

awaitable<void> ListenerRegistry::join(Shard& shard) { co_await loops_[shard.index()]->join(); }

}  // namespace konduit::listener
