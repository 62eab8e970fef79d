#include "konduit/testkit/memory_network.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace konduit::testkit {

class MemoryNetwork::MemoryListener final : public Listener {
 public:
  MemoryListener(MemoryNetwork& network, std::string url) : network_(network), url_(std::move(url)) {}
  ~MemoryListener() { leave(); }
  MemoryListener(const MemoryListener&) = delete;
  MemoryListener& operator=(const MemoryListener&) = delete;

  const std::string& url() const noexcept override { return url_; }
  void start(Shard&, Handler& handler) override {
    *handler_ = &handler;
    network_.accepting_[url_].push_back(this);
  }
  awaitable<void> drain(Shard& shard, TimePoint) override {
    leave();
    co_await asio::post(shard.get_executor(), asio::use_awaitable_t<executor>());  // behind connections on their way
  }
  void stop(Shard&) override {
    *handler_ = nullptr;
    leave();
  }

  void accept(Shard& shard, Connection connection) {
    shard.post([handler = handler_, accepted = std::make_shared<Connection>(std::move(connection))] {
      if (*handler) (*handler)->on_connection(std::move(*accepted));
    });
  }

 private:
  void leave() noexcept { std::erase(network_.accepting_[url_], this); }

  MemoryNetwork& network_;
  const std::string url_;
  const std::shared_ptr<Handler*> handler_ = std::make_shared<Handler*>(nullptr);  // shared with posted connections
};

class MemoryNetwork::MemoryConnector final : public Connector {
 public:
  explicit MemoryConnector(MemoryNetwork& network) : network_(network) {}

  awaitable<boost::system::result<Connection, Failure>> connect(Shard& shard, std::string url,
                                                                TimePoint deadline) override {
    network_.attempts.push_back(url);
    network_.connect_deadline = deadline;
    if (network_.before_connect) {
      const auto error = co_await network_.before_connect(url);
      if (error) co_return Failure{error, url + ": " + error.message()};
    }
    co_return network_.connect(shard, url, network_.alpn, network_.peer);
  }

 private:
  MemoryNetwork& network_;
};

std::shared_ptr<Listener> MemoryNetwork::listen(std::string url) {
  return std::make_shared<MemoryListener>(*this, std::move(url));
}

std::shared_ptr<Connector> MemoryNetwork::connector() { return std::make_shared<MemoryConnector>(*this); }

MemoryNetwork::Result MemoryNetwork::connect(Shard& shard, const std::string& url, std::string negotiated, Peer who) {
  const auto& accepting_here = accepting_[url];
  if (accepting_here.empty()) {
    return Connector::Failure{asio::error::connection_refused, url + ": nobody listens"};
  }
  auto ends = MemoryStream::make_pair(shard, connecting, accepting);
  accepting_here.back()->accept(shard, Connection{std::move(ends.second), who, negotiated});
  return Connection{std::move(ends.first), std::move(who), std::move(negotiated)};
}

}  // namespace konduit::testkit
