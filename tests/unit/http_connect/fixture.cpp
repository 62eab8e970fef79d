#include "fixture.hpp"

#include <boost/asio/this_coro.hpp>

#include <stdexcept>
#include <utility>

namespace konduit::http_connect {

class FakeDialer::FakeTunnel final : public Tunnel {
 public:
  explicit FakeTunnel(FakeDialer& dialer) : dialer_(dialer) {}
  ~FakeTunnel() override {
    if (!used_) ++dialer_.dropped;
  }
  void splice(StreamPtr client) override {
    used_ = true;
    dialer_.spliced.push_back(std::move(client));
  }

 private:
  FakeDialer& dialer_;
  bool used_ = false;
};

awaitable<DialResult<std::unique_ptr<Tunnel>>> FakeDialer::dial(DialRequest request) {
  requests.push_back(std::move(request));
  if (patient) co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  if (const error_code interrupted = co_await answered_.wait()) {
    ++cancelled;
    co_return DialError{.code = DialErrc::cancelled, .text = "cancelled"};
  }
  if (error_) co_return *error_;
  co_return std::unique_ptr<Tunnel>(std::make_unique<FakeTunnel>(*this));
}

void FakeDialer::fail(DialError error) {
  error_ = std::move(error);
  answered_.set();
}

awaitable<boost::system::result<Identity, Refusal>> FakeAuthenticator::authenticate(const Credentials& credentials) {
  token = credentials.token;
  if (throws) throw std::runtime_error("a defect");
  if (refusal) co_return *refusal;
  co_return Identity("somebody");
}

void FrontendTest::start(bool with_authenticator) {
  using config::Node;
  Node node = Node::map({});
  Node listen = Node::map({});
  listen.add("url", Node::scalar("memory://front"));
  node.add("listen", std::move(listen));
  node.add("head_timeout", Node::scalar("60s"));
  node.add("max_head", Node::scalar("1KiB"));
  node.add("dial_timeout", Node::scalar("30s"));
  node.add("first_byte_gap", Node::scalar("3ms"));
  if (with_authenticator) {
    node.add("authenticator", Node::scalar("fake/f"));
    attachment.add(ComponentKind::authenticator, "fake/f", authenticator);
  }
  component = std::make_unique<HttpConnect>(node, host);
  testkit::await(shard, component->prepare());
  part = component->attach(attachment, dialer);
  testkit::await(shard, part->start());
}

void FrontendTest::TearDown() {
  dialer.spliced.clear();
  if (part) testkit::await(shard, part->stop());
  settle();
  EXPECT_EQ(open_connections(), 0) << "connections are left behind";
  part.reset();
}

std::unique_ptr<testkit::StreamUser> FrontendTest::connect(Peer peer) {
  auto connection = host.network.connect(shard, "memory://front", "", std::move(peer));
  if (!connection) throw std::runtime_error("nobody listens: " + connection.error().text);
  return std::make_unique<testkit::StreamUser>(shard, std::move(connection->stream));
}

std::unique_ptr<testkit::StreamUser> FrontendTest::request(std::string_view head) {
  auto client = connect();
  client->receive();
  client->send(head);
  settle();
  return client;
}

}  // namespace konduit::http_connect
