#include "transport-tcp/direct.hpp"

#include <gtest/gtest.h>

#include "../resolver/name_server.hpp"
#include "konduit/testkit/run.hpp"
#include "konduit/testkit/test_host.hpp"
#include "network.hpp"
#include "support/descriptor_limit.hpp"
#include "support/temp_directory.hpp"

namespace konduit::transport_tcp {
namespace {

using resolver::test::NameServer;
using resolver::test::record;
using test::BlackHole;
using test::Listening;
using testkit::await;

/// Denies the addresses that it is told to, as the filters of a pipeline do.
struct Check final : ResolutionCheck {
  awaitable<DialResult<void>> resolved(std::vector<asio::ip::address>& addresses) override {
    seen = addresses;
    std::erase_if(addresses, [this](const auto& address) { return address == denied; });
    if (addresses.empty()) co_return DialError{DialErrc::denied, false, "denied by acl"};
    co_return DialResult<void>();
  }

  asio::ip::address denied;
  std::vector<asio::ip::address> seen;
};

class DirectTest : public ::testing::Test {
 protected:
  DirectTest() : server_(shard_), part_(shard_, metrics_, std::chrono::seconds(5), settings()) {}

  ResolverSettings settings() {
    ResolverSettings settings;
    settings.servers.servers = {server_.address()};
    settings.hosts = folder_.write("hosts", "");
    return settings;
  }
  DialResult<StreamPtr> dial(std::string host, std::uint16_t port, ResolutionCheck* check = nullptr,
                             TimePoint deadline = TimePoint::max()) {
    DialRequest request;
    request.target = {std::move(host), port};
    request.deadline = deadline;
    request.resolution = check;
    return await(shard_, part_.dial(request));
  }

  Shard shard_;
  testkit::RecordingMetrics metrics_;
  test_support::TempDirectory folder_;
  NameServer server_;
  DirectPart part_;
};

TEST_F(DirectTest, OpensAStreamToTheTarget) {
  const Listening there;
  auto stream = dial("127.0.0.1", there.endpoint().port());
  ASSERT_TRUE(stream.has_value()) << stream.error().text;
  const auto accepted = there.accept();
  EXPECT_EQ((*stream)->remote(), "tcp://127.0.0.1:" + std::to_string(there.endpoint().port()));
  BufferQueue queue;
  queue.push_back(shard_.pool().copy("hello"));
  ASSERT_TRUE((*stream)->try_write(queue).has_value());
  (*stream)->close();
  EXPECT_EQ(socket::test::read_all(accepted.get()), "hello");
  EXPECT_EQ(metrics_.counted("konduit_direct_dials_total", {{"result", "connected"}}), 1u);
  EXPECT_EQ(metrics_.observed("konduit_direct_dial_seconds"), 1u);
}

TEST_F(DirectTest, SaysRefusedInGosWords) {
  const auto port = test::closed_port().port();
  const auto stream = dial("127.0.0.1", port);
  ASSERT_TRUE(stream.has_error());
  EXPECT_EQ(stream.error().code, DialErrc::refused);
  EXPECT_EQ(stream.error().text, "dial tcp 127.0.0.1:" + std::to_string(port) + ": connect: connection refused");
  EXPECT_EQ(metrics_.counted("konduit_direct_dials_total", {{"result", "refused"}}), 1u);
}

TEST_F(DirectTest, SaysTimeoutInGosWords) {
  const BlackHole silent;
  const auto stream =
      dial("127.0.0.1", silent.endpoint().port(), nullptr, shard_.now() + std::chrono::milliseconds(30));
  ASSERT_TRUE(stream.has_error());
  EXPECT_EQ(stream.error().code, DialErrc::timeout);
  EXPECT_EQ(stream.error().text, "dial tcp 127.0.0.1:" + std::to_string(silent.endpoint().port()) + ": i/o timeout");
}

TEST_F(DirectTest, GivesUpAfterItsOwnTimeout) {
  shard_.deadlines().fake_clock();
  const BlackHole silent;
  DialRequest request;
  request.target = {"127.0.0.1", silent.endpoint().port()};
  TaskGroup tasks(shard_);
  std::optional<DialResult<StreamPtr>> stream;
  tasks.spawn(testkit::store_result(part_.dial(request), &stream));
  for (int i = 0; i < 5; ++i) shard_.run_ready();
  shard_.deadlines().advance(std::chrono::milliseconds(4999));
  for (int i = 0; i < 5; ++i) shard_.run_ready();
  EXPECT_FALSE(stream.has_value());
  shard_.deadlines().advance(std::chrono::milliseconds(1));
  ASSERT_TRUE(testkit::run_until(shard_, [&] { return stream.has_value(); }));
  EXPECT_EQ(stream->error().code, DialErrc::timeout);
}

TEST_F(DirectTest, SaysNoSuchHostInGosWords) {
  const auto stream = dial("nosuch.some.example", 80);
  ASSERT_TRUE(stream.has_error());
  EXPECT_EQ(stream.error().code, DialErrc::unresolvable);
  EXPECT_EQ(stream.error().text, "dial tcp: lookup nosuch.some.example: no such host");
}

TEST_F(DirectTest, SaysTooManyOpenFilesInGosWords) {
  const Listening there;
  const test_support::DescriptorLimit none(0);
  const auto stream = dial("127.0.0.1", there.endpoint().port());
  ASSERT_TRUE(stream.has_error());
  EXPECT_EQ(stream.error().code, DialErrc::overloaded);
  EXPECT_TRUE(stream.error().retryable);
  EXPECT_EQ(stream.error().text,
            "dial tcp 127.0.0.1:" + std::to_string(there.endpoint().port()) + ": socket: too many open files");
}

TEST_F(DirectTest, RefusesPortZero) {
  const auto stream = dial("127.0.0.1", 0);
  ASSERT_TRUE(stream.has_error());
  EXPECT_EQ(stream.error().text, "dial tcp: address 127.0.0.1:0: invalid port");
}

TEST_F(DirectTest, AsksTheFiltersAboutALiteralToo) {
  const Listening there;
  Check check;
  check.denied = asio::ip::make_address("127.0.0.1");
  const auto stream = dial("::ffff:127.0.0.1", there.endpoint().port(), &check);
  ASSERT_TRUE(stream.has_error());
  EXPECT_EQ(stream.error().code, DialErrc::denied);
  EXPECT_EQ(stream.error().text, "denied by acl");
}

TEST_F(DirectTest, ConnectsOnlyToWhatTheFiltersLeave) {
  const Listening there;
  server_.add("two.some.example", NameServer::kA, {record("127.0.0.2"), record("127.0.0.1")});
  server_.add("two.some.example", NameServer::kAaaa, {});
  Check check;
  check.denied = asio::ip::make_address("127.0.0.2");
  const auto stream = dial("two.some.example", there.endpoint().port(), &check);
  ASSERT_TRUE(stream.has_value()) << stream.error().text;
  EXPECT_EQ(check.seen.size(), 2u);
}

TEST_F(DirectTest, TriesEveryAddressOfAName) {
  const Listening there;
  server_.add("two.some.example", NameServer::kA, {record("127.0.0.9"), record("127.0.0.1")});
  server_.add("two.some.example", NameServer::kAaaa, {record("::1")});
  EXPECT_TRUE(dial("two.some.example", there.endpoint().port()).has_value());
}

TEST_F(DirectTest, ADialThatIsCancelledSaysSo) {
  const BlackHole silent;
  DialRequest request;
  request.target = {"127.0.0.1", silent.endpoint().port()};
  TaskGroup tasks(shard_);
  std::optional<DialResult<StreamPtr>> stream;
  tasks.spawn(testkit::store_result(part_.dial(request), &stream));
  for (int i = 0; i < 5; ++i) shard_.run_ready();
  tasks.cancel();
  ASSERT_TRUE(testkit::run_until(shard_, [&] { return stream.has_value(); }));
  ASSERT_TRUE(stream->has_error());
  EXPECT_EQ(stream->error().code, DialErrc::cancelled);
}

TEST_F(DirectTest, LeavesNoDescriptorBehindAfterAThousandDials) {
  const Listening there;
  const auto dial_once = [&] {
    const auto stream = dial("127.0.0.1", there.endpoint().port());
    ASSERT_TRUE(stream.has_value()) << stream.error().text;
    there.accept();
  };
  dial_once();
  const std::size_t before = socket::test::open_descriptors();
  for (int i = 0; i < 1000; ++i) dial_once();
  EXPECT_EQ(socket::test::open_descriptors(), before);
}

TEST(Direct, ReportsANameServerThatIsNoAddress) {
  Shard shard;
  testkit::TestHost host(shard);
  auto servers = config::Node::list({config::Node::scalar("10.0.0.10"), config::Node::scalar("10.0.0.10:5353"),
                                     config::Node::scalar("[::1]:53"), config::Node::scalar("dns.example")});
  const auto node =
      config::Node::map({{"dial_timeout", config::Node::scalar("5s"), {}}, {"servers", std::move(servers), {}}});
  const Direct direct(node, host);
  ASSERT_EQ(host.reports().size(), 1u);
  EXPECT_NE(host.reports()[0].what.find("ADDRESS"), std::string::npos);
}

}  // namespace
}  // namespace konduit::transport_tcp
