#include "listener/connector.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_transport.hpp"
#include "konduit/dial.hpp"
#include "konduit/error.hpp"

namespace konduit::listener {
namespace {

using namespace std::chrono_literals;
using test::tls_files;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A backend that answers with one end of a stream, or with an error.
class FakeBackend final : public BackendPart {
 public:
  explicit FakeBackend(Shard& shard) : shard_(shard) {}

  awaitable<DialResult<StreamPtr>> dial(const DialRequest& request) override {
    asked = request;
    if (refuses) co_return *refuses;
    auto [near_end, far_end] = testkit::MemoryStream::make_pair(shard_);
    far = std::move(far_end);
    co_return StreamPtr(std::move(near_end));
  }

  DialRequest asked;
  std::optional<DialError> refuses;
  StreamPtr far;

 private:
  Shard& shard_;
};

class ConnectorTest : public testing::Test {
 protected:
  ConnectorTest() {
    auto transport = std::make_unique<test::FakeTransport>(shard_);
    transport_ = transport.get();
    transports_.add("memory", std::move(transport));
  }
  ~ConnectorTest() override {
    servers_.cancel();
    testkit::await(shard_, servers_.join());
  }

  boost::system::result<Connection, Connector::Failure> connect(const std::string& url,
                                                                const ConnectorSettings& settings = {}) {
    ManagedConnector connector(
        transports_, settings,
        [this](Shard&, const std::string& id) -> BackendPart& {
          backend_asked_for_ = id;
          return backend_;
        },
        "uplink/cp");
    return testkit::await(shard_, connector.connect(shard_, url, deadline_));
  }

  /// Serves TLS to whoever connects next.
  void serve(const TlsSettings& settings) { servers_.spawn(serve_one(TlsContext::server(settings))); }
  awaitable<void> serve_one(std::shared_ptr<TlsContext> context) {
    auto accepted = co_await transport_->backlog.next();
    if (accepted.has_error()) co_return;
    session_ = co_await tls_accept(shard_, std::move(accepted->stream), std::move(context), TimePoint::max(), nullptr);
  }

  config::Node tls_node() const { return config::Node::map({{"ca", config::Node::scalar(tls_files().ca), {}}}); }

  Shard shard_;
  Transports transports_;
  test::FakeTransport* transport_ = nullptr;
  FakeBackend backend_{shard_};
  std::string backend_asked_for_;
  const TimePoint deadline_ = Clock::now() + 1h;
  TaskGroup servers_{shard_};
  Result<TlsSession> session_ = error_code(StreamErrc::cancelled);
};

TEST_F(ConnectorTest, ConnectsThroughTheTransportOfTheUrl) {
  const auto connected = connect("memory://server:1", {.liveness = {.enabled = true, .idle = 7s}});
  ASSERT_TRUE(connected.has_value());
  EXPECT_THAT(transport_->attempts, ::testing::ElementsAre("memory://server:1"));
  EXPECT_TRUE(transport_->liveness.at(0).enabled);
  EXPECT_EQ(transport_->liveness.at(0).idle, 7s);
}

TEST_F(ConnectorTest, SaysThatNobodyKnowsTheScheme) {
  for (const char* url : {"other://server:1", "server:1", ""}) {
    const auto connected = connect(url);
    ASSERT_TRUE(connected.has_error());
    EXPECT_EQ(connected.error().text, std::string("no transport for ") + url);
    EXPECT_EQ(connected.error().code, StreamErrc::protocol);
  }
}

TEST_F(ConnectorTest, LaysTlsOnTheConnection) {
  auto server = tls_files().server();
  server.alpn = {"h2"};
  serve(server);
  const auto node = tls_node();
  const auto connected = connect("memory://localhost:1", {.tls = &node, .alpn = {"h2"}, .require_alpn = true});
  ASSERT_TRUE(connected.has_value()) << connected.error().text;
  EXPECT_EQ(connected->alpn, "h2");
  EXPECT_EQ(connected->peer.certificate->common_name, "localhost");
  EXPECT_EQ(connected->peer.address, "memory://localhost:1");
}

TEST_F(ConnectorTest, VerifiesTheNameOfTheUrl) {
  serve(tls_files().server());
  const auto node = tls_node();
  const auto connected = connect("memory://elsewhere.example:1", {.tls = &node});
  ASSERT_TRUE(connected.has_error());
  EXPECT_THAT(connected.error().text, StartsWith("TLS with memory://elsewhere.example:1: "));
  EXPECT_THAT(connected.error().text, HasSubstr("elsewhere.example"));
}

TEST_F(ConnectorTest, RefusesTlsFilesThatAreNotThereBeforeItIsUsed) {
  const auto node = config::Node::map({{"ca", config::Node::scalar("/nonexistent/ca.pem"), {}}});
  EXPECT_THROW(connect("memory://localhost:1", {.tls = &node}), StartError);
  EXPECT_TRUE(transport_->attempts.empty());
}

TEST_F(ConnectorTest, DialsThroughABackend) {
  const auto via = config::Node::scalar("http-connect/up");
  auto connected = connect("tcp://server.example:8091", {.via = &via});
  ASSERT_TRUE(connected.has_value()) << connected.error().text;
  EXPECT_EQ(backend_asked_for_, "http-connect/up");
  EXPECT_EQ(backend_.asked.target.text(), "server.example:8091");
  EXPECT_EQ(backend_.asked.frontend, "uplink/cp");
  EXPECT_EQ(backend_.asked.deadline, deadline_);
  EXPECT_EQ(backend_.asked.resolution, nullptr);
  EXPECT_EQ(connected->peer.address, "tcp://server.example:8091");
  EXPECT_TRUE(transport_->attempts.empty()) << "the backend carries it";
}

TEST_F(ConnectorTest, TellsWhyABackendDidNotDial) {
  const auto via = config::Node::scalar("http-connect/up");
  backend_.refuses = DialError{DialErrc::timeout, true, "nobody answered"};
  auto connected = connect("tcp://server.example:8091", {.via = &via});
  ASSERT_TRUE(connected.has_error());
  EXPECT_EQ(connected.error().code, StreamErrc::timed_out);
  EXPECT_EQ(connected.error().text, "tcp://server.example:8091 through http-connect/up: nobody answered");
  backend_.refuses->code = DialErrc::overloaded;
  EXPECT_EQ(connect("tcp://server.example:8091", {.via = &via}).error().code, StreamErrc::overloaded);
}

TEST_F(ConnectorTest, DialsOnlyAHostAndAPortThroughABackend) {
  const auto via = config::Node::scalar("http-connect/up");
  const auto connected = connect("uds:///run/server.sock", {.via = &via});
  ASSERT_TRUE(connected.has_error());
  EXPECT_THAT(connected.error().text, HasSubstr("no host:port to dial through http-connect/up"));
}

}  // namespace
}  // namespace konduit::listener
