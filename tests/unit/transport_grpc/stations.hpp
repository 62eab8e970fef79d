#pragma once

#include <memory>
#include <string>

#include "fakes.hpp"
#include "konduit/testkit/test_host.hpp"
#include "nodes.hpp"
#include "transport-grpc/agents_backend.hpp"
#include "transport-grpc/agents_part.hpp"
#include "transport-grpc/proxy_frontend.hpp"
#include "transport-grpc/uplink_frontend.hpp"
#include "transport-grpc/uplink_part.hpp"
#include "transport-grpc/upstream_backend.hpp"

/// The three components, each started on one shard over a network in memory, and stopped at the end.
namespace konduit::transport_grpc {

inline constexpr std::size_t kWide = 1024 * 1024;

/// The `agents` backend on "tcp://agents".
struct AgentsStation {
  /// `listener`: instead of one in the network in memory. `budget`: instead of the host's.
  AgentsStation(Shard& on, const config::Node& node = nodes::agents(), std::shared_ptr<Listener> listener = nullptr,
                std::unique_ptr<MemoryBudget> budget = nullptr)
      : shard(on), host(on, "agents/main"), attachment(on), check(on), backend(node, host) {
    if (budget) host.memory = std::move(budget);
    if (listener) host.on_listen = [listener](const config::Node&, const ListenSettings&) { return listener; };
    host.network.connecting.window = host.network.accepting.window = kWide;
    attachment.add(ComponentKind::selector, "first/a", selector);
    attachment.add(ComponentKind::authenticator, "token/t", check);
    attachment.add(ComponentKind::registrar, "noted/r", registrar);
    testkit::await(shard, backend.prepare());
    part = std::unique_ptr<AgentsPart>(static_cast<AgentsPart*>(backend.attach(attachment).release()));
    testkit::await(shard, part->start());
  }
  ~AgentsStation() {
    if (part) testkit::await(shard, part->stop());
  }
  StreamPtr connect() {
    auto connection = host.network.connect(shard, "tcp://agents", "h2", Peer{"tcp://10.9.9.9:1234", nullptr, {}});
    return std::move(connection->stream);
  }

  Shard& shard;
  testkit::TestHost host;
  testkit::TestAttachment attachment;
  FirstAgent selector;
  TokenCheck check;
  NotedServers registrar;
  AgentsBackend backend;
  std::unique_ptr<AgentsPart> part;
};

/// The `uplink` frontend, whose servers are what its network knows.
struct UplinkStation {
  /// `connector`: instead of one of `network`.
  UplinkStation(Shard& on, testkit::MemoryNetwork& network, std::vector<std::string> urls,
                const config::Node& node = nodes::uplink(), std::shared_ptr<Connector> connector = nullptr)
      : shard(on), host(on, "uplink/cp"), attachment(on), dialer(on) {
    network.alpn = "h2";
    network.connecting.window = network.accepting.window = kWide;
    host.on_connector = [&network, connector](const ConnectorSettings&) {
      return connector ? connector : network.connector();
    };
    servers.urls = std::move(urls);
    attachment.add(ComponentKind::discovery, "fixed/servers", servers);
    frontend = std::make_unique<UplinkFrontend>(node, host);
    testkit::await(shard, frontend->prepare());
    part = frontend->attach(attachment, dialer);
    testkit::await(shard, part->start());
  }
  ~UplinkStation() { stop(); }
  void stop() {
    if (!part) return;
    for (const auto& dial : dialer.dials) dial->spliced.reset();
    testkit::await(shard, part->stop());
    part.reset();
  }

  Shard& shard;
  testkit::TestHost host;
  testkit::TestAttachment attachment;
  FakeDialer dialer;
  FixedServers servers;
  std::unique_ptr<UplinkFrontend> frontend;
  std::unique_ptr<FrontendPart> part;
};

/// The `grpc` frontend on "tcp://server".
struct ProxyStation {
  /// `budget`: instead of the host's.
  explicit ProxyStation(Shard& on, std::unique_ptr<MemoryBudget> budget = nullptr)
      : shard(on), host(on, "grpc/kas"), attachment(on), dialer(on), frontend(nodes::proxy(), host) {
    if (budget) host.memory = std::move(budget);
    host.network.connecting.window = host.network.accepting.window = kWide;
    testkit::await(shard, frontend.prepare());
    part = frontend.attach(attachment, dialer);
    testkit::await(shard, part->start());
  }
  ~ProxyStation() {
    for (const auto& dial : dialer.dials) dial->spliced.reset();
    testkit::await(shard, part->stop());
  }
  StreamPtr connect() {
    auto connection = host.network.connect(shard, "tcp://server", "", Peer{"uds://", nullptr, {}});
    return std::move(connection->stream);
  }

  Shard& shard;
  testkit::TestHost host;
  testkit::TestAttachment attachment;
  FakeDialer dialer;
  ProxyFrontend frontend;
  std::unique_ptr<FrontendPart> part;
};

/// The `grpc` backend, whose server is what `network` knows as "tcp://server".
struct UpstreamStation {
  UpstreamStation(Shard& on, testkit::MemoryNetwork& network, const config::Node& node = nodes::upstream())
      : shard(on), host(on, "grpc/up"), attachment(on), backend(node, host) {
    network.alpn = "h2";
    network.connecting.window = network.accepting.window = kWide;
    host.on_connector = [&network](const ConnectorSettings&) { return network.connector(); };
    testkit::await(shard, backend.prepare());
    part = backend.attach(attachment);
    testkit::await(shard, part->start());
  }
  ~UpstreamStation() { stop(); }
  void stop() {
    if (part) testkit::await(shard, part->stop());
    part.reset();
  }

  Shard& shard;
  testkit::TestHost host;
  testkit::TestAttachment attachment;
  UpstreamBackend backend;
  std::unique_ptr<BackendPart> part;
};

inline DialRequest request_for(Shard& shard, std::string host = "10.0.0.1", std::uint16_t port = 443,
                               Duration patience = std::chrono::seconds(30)) {
  DialRequest request;
  request.target = {std::move(host), port};
  request.deadline = shard.now() + patience;
  return request;
}

/// A dial that runs beside the test.
class RunningDial {
 public:
  RunningDial(Shard& shard, BackendPart& backend, DialRequest asked)
      : shard_(shard), tasks_(shard), request_(std::move(asked)) {
    tasks_.spawn(run(this, &backend));
  }
  ~RunningDial() {
    tasks_.cancel();
    testkit::await(shard_, tasks_.join());
  }
  void cancel() { tasks_.cancel(); }
  bool done() const { return result.has_value(); }

  std::optional<DialResult<StreamPtr>> result;

 private:
  static awaitable<void> run(RunningDial* dial, BackendPart* backend) {
    dial->result.emplace(co_await backend->dial(dial->request_));
  }

  Shard& shard_;
  TaskGroup tasks_;
  DialRequest request_;
};

}  // namespace konduit::transport_grpc
