#include "frontend.hpp"

#include <gtest/gtest.h>
#include <konduit/testkit/configured.hpp>
#include <konduit/testkit/fake_dialer.hpp>
#include <konduit/testkit/fake_parts.hpp>
#include <konduit/testkit/run.hpp>
#include <konduit/testkit/stream_user.hpp>
#include <konduit/testkit/test_host.hpp>

#include <string>

namespace socks5 {
namespace {

using konduit::config::Node;
using konduit::testkit::StreamUser;

constexpr const char* kUrl = "tcp://127.0.0.1:1080";

std::string raw(const char* text, std::size_t size) { return {text, size}; }

const std::string kNobody = raw("\x05\x01\x00", 3);
const std::string kBoth = raw("\x05\x02\x00\x02", 4);
const std::string kConnect = raw("\x05\x01\x00\x03\x0chost.example\x01\xbb", 19);
const std::string kAlice =
    "\x01\x05"
    "alice"
    "\x06"
    "secret";
const std::string kSucceeded = raw("\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00", 10);

class FrontendTest : public ::testing::Test {
 protected:
  void use(std::vector<Node::Entry> given) {
    given.push_back({"listen", Node::map({{"url", Node::scalar(kUrl)}})});
    frontend_ = std::make_unique<Socks5>(konduit::testkit::configured("socks5", std::move(given)), host_);
    ASSERT_TRUE(host_.reports().empty()) << host_.reports().front().what;
    konduit::testkit::await(shard_, frontend_->prepare());
    part_ = frontend_->attach(attachment_, dialer_);
    konduit::testkit::await(shard_, part_->start());
    auto connection = host_.network.connect(shard_, kUrl);
    ASSERT_TRUE(connection);
    client_ = std::make_unique<StreamUser>(shard_, std::move(connection->stream));
    client_->receive();
  }
  void use_alice() { use({{"users", Node::map({{"alice", Node::scalar("secret")}})}}); }
  void TearDown() override {
    if (part_) konduit::testkit::await(shard_, part_->stop());
  }
  bool until(const std::function<bool()>& done) { return konduit::testkit::run_until(shard_, done); }
  /// What the client has read once it has read so much.
  std::string answer(std::size_t size) {
    until([&] { return client_->received().size() >= size || client_->read_end(); });
    return client_->received();
  }

  konduit::Shard shard_;
  konduit::testkit::TestHost host_{shard_, "socks5/test"};
  konduit::testkit::FakeDialer dialer_{shard_};
  konduit::testkit::FakeAuthenticatorPart authenticator_;
  konduit::testkit::TestAttachment attachment_{shard_};
  std::unique_ptr<Socks5> frontend_;
  std::unique_ptr<konduit::FrontendPart> part_;
  std::unique_ptr<StreamUser> client_;
};

TEST_F(FrontendTest, DialsWhatAClientAsksFor) {
  use({});
  client_->send(kNobody);
  EXPECT_EQ(answer(2), raw("\x05\x00", 2));
  client_->send(kConnect);
  EXPECT_EQ(answer(12), raw("\x05\x00", 2) + kSucceeded);
  ASSERT_TRUE(until([&] { return !dialer_.spliced.empty(); }));
  EXPECT_EQ(dialer_.requests().front().target.text(), "host.example:443");
  EXPECT_EQ(dialer_.requests().front().frontend, "socks5/test");
}

TEST_F(FrontendTest, KeepsWhatAClientSaysBehindItsRequest) {
  use({});
  client_->send(kNobody + kConnect + "hello");
  ASSERT_TRUE(until([&] { return !dialer_.spliced.empty(); }));
  StreamUser tunnel(shard_, std::move(dialer_.spliced.front()));
  tunnel.receive();
  client_->send(" again");
  EXPECT_TRUE(until([&] { return tunnel.received() == "hello again"; })) << tunnel.received();
}

TEST_F(FrontendTest, LetsUsersInByNameAndPassword) {
  use_alice();
  client_->send(kBoth);
  EXPECT_EQ(answer(2), raw("\x05\x02", 2));
  client_->send(kAlice);
  EXPECT_EQ(answer(4), raw("\x05\x02\x01\x00", 4));
  client_->send(kConnect);
  ASSERT_TRUE(until([&] { return !dialer_.spliced.empty(); }));
  EXPECT_EQ(dialer_.requests().front().peer.identity, "alice");
}

TEST_F(FrontendTest, RefusesAWrongPassword) {
  use_alice();
  client_->send(kBoth +
                "\x01\x05"
                "alice"
                "\x06"
                "Secret");
  EXPECT_EQ(answer(4), "\x05\x02\x01\x01");
  EXPECT_TRUE(until([&] { return bool(client_->read_end()); }));
  EXPECT_TRUE(dialer_.requests().empty());
}

TEST_F(FrontendTest, RefusesWhoWillNotSayItsName) {
  use_alice();
  client_->send(kNobody + kConnect);
  EXPECT_EQ(answer(2), "\x05\xff");
  EXPECT_TRUE(until([&] { return bool(client_->read_end()); }));
  EXPECT_TRUE(dialer_.requests().empty());
}

TEST_F(FrontendTest, AsksAnAuthenticator) {
  attachment_.add(konduit::ComponentKind::authenticator, "fake/one", authenticator_);
  use({{"authenticator", Node::scalar("fake/one")}});
  client_->send(kBoth + kAlice + kConnect);
  ASSERT_TRUE(until([&] { return !dialer_.spliced.empty(); }));
  EXPECT_EQ(authenticator_.usernames.front(), "alice");
  EXPECT_EQ(authenticator_.passwords.front(), "secret");
  EXPECT_EQ(dialer_.requests().front().peer.identity, "somebody");
}

TEST_F(FrontendTest, SaysWhyADialFailed) {
  dialer_.error = konduit::DialError{konduit::DialErrc::denied, false, "no"};
  use({});
  client_->send(kNobody + kConnect);
  const auto said = answer(12);
  ASSERT_EQ(said.size(), 12U);
  EXPECT_EQ(said[3], '\x02');
  EXPECT_TRUE(until([&] { return bool(client_->read_end()); }));
}

TEST_F(FrontendTest, RefusesOtherCommands) {
  use({});
  client_->send(kNobody + raw("\x05\x02\x00\x01\x7f\x00\x00\x01\x00\x50", 10));
  const auto said = answer(12);
  ASSERT_EQ(said.size(), 12U);
  EXPECT_EQ(said[3], '\x07');
}

TEST_F(FrontendTest, TellsNoSecrets) {
  use_alice();
  client_->send(kBoth +
                "\x01\x05"
                "alice"
                "\x06"
                "Secret");
  answer(4);
  EXPECT_EQ(host_.log().text().find("ecret"), std::string::npos);
}

}  // namespace
}  // namespace socks5
