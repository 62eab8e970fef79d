#include "filters/acl.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/ip/address.hpp>

#include "config/configuration.hpp"
#include "konduit/testkit/memory_stream.hpp"
#include "konduit/testkit/named_stream.hpp"
#include "konduit/testkit/test_host.hpp"

namespace konduit::filters {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<asio::ip::address> addresses(std::initializer_list<const char*> texts) {
  std::vector<asio::ip::address> result;
  for (const char* text : texts) result.push_back(asio::ip::make_address(text));
  return result;
}

class AclTest : public ::testing::Test {
 protected:
  std::unique_ptr<Acl> make(std::string_view yaml) {
    config::Problems problems;
    auto node = config::read_text(yaml, "acl.yaml", problems);
    EXPECT_TRUE(problems.ok()) << problems.text();
    return std::make_unique<Acl>(*node, host_);
  }
  void use(std::string_view yaml) {
    part_.reset();
    acl_ = make(yaml);
    ASSERT_THAT(host_.reports(), IsEmpty());
    part_ = acl_->attach(attachment_);
  }
  DialRequest& to(std::string host, std::uint16_t port = 443) {
    request_ = {};
    request_.target = {std::move(host), port};
    return request_;
  }
  /// Why the dial is denied; empty if it is not.
  std::string dial(std::string host, std::uint16_t port = 443) {
    return text_of(part_->on_dial(to(std::move(host), port)));
  }
  std::string resolve(std::vector<asio::ip::address>& list) { return text_of(part_->on_resolved(request_, list)); }
  /// True if the tunnel to `remote` may carry bytes.
  bool leads_on(std::string remote) {
    auto [stream, peer] = testkit::MemoryStream::make_pair(shard_);
    auto named = std::make_unique<testkit::NamedStream>(std::move(stream), std::move(remote));
    auto* const given = named.get();
    const auto kept = part_->on_stream(request_, std::move(named));
    EXPECT_EQ(kept.get(), given);
    BufferQueue bytes;
    bytes.push_back(shard_.pool().copy("x"));
    return kept->try_write(bytes).has_value();
  }
  static std::string text_of(Verdict<DialResult<void>> verdict) {
    EXPECT_TRUE(verdict.ready());
    const auto result = verdict.take();
    if (result.has_value()) return {};
    EXPECT_EQ(result.error().code, DialErrc::denied);
    EXPECT_FALSE(result.error().retryable);
    return result.error().text;
  }
  std::string only_report(std::string_view yaml) {
    testkit::TestHost host(shard_, "acl/other");
    config::Problems problems;
    const auto node = config::read_text(yaml, "acl.yaml", problems);
    Acl wrong(*node, host);
    EXPECT_EQ(host.reports().size(), 1U) << yaml;
    return host.reports().empty() ? "" : host.reports().front().path + ": " + host.reports().front().what;
  }

  Shard shard_;
  testkit::TestHost host_{shard_, "acl/cluster"};
  testkit::TestAttachment attachment_{shard_};
  std::unique_ptr<Acl> acl_;
  std::unique_ptr<FilterPart> part_;
  DialRequest request_;
};

TEST_F(AclTest, NamesTheRuleThatDenies) {
  use(R"({deny: ["10.0.0.0/8", "169.254.0.0/16:80"]})");
  EXPECT_EQ(dial("169.254.169.254", 80),
            "169.254.169.254:80 is denied by acl/cluster: deny rule \"169.254.0.0/16:80\"");
  EXPECT_EQ(dial("169.254.169.254", 81), "");
  EXPECT_EQ(dial("192.0.2.1"), "");
  EXPECT_EQ(host_.metrics().counted("konduit_acl_denials_total"), 1U);
}

TEST_F(AclTest, DeniesLiteralsInEverySpelling) {
  use(R"({deny: ["169.254.0.0/16", "fe80::/10"]})");
  EXPECT_THAT(dial("::ffff:169.254.169.254"), HasSubstr("deny rule"));
  EXPECT_THAT(dial("::ffff:a9fe:a9fe"), HasSubstr("deny rule"));
  EXPECT_THAT(dial("fe80::1%1"), HasSubstr("deny rule"));
}

TEST_F(AclTest, DeniesNamesInEverySpelling) {
  use(R"({deny: ["metadata.internal", "*.corp"]})");
  EXPECT_THAT(dial("METADATA.internal."), HasSubstr("deny rule \"metadata.internal\""));
  EXPECT_THAT(dial("a.b.Corp"), HasSubstr("deny rule \"*.corp\""));
  EXPECT_EQ(dial("corp"), "");
}

TEST_F(AclTest, AllowsNothingBesideAnAllowList) {
  use(R"({allow: ["10.0.0.0/8:443", "api.internal"]})");
  EXPECT_EQ(dial("10.1.2.3", 443), "");
  EXPECT_THAT(dial("10.1.2.3", 80), HasSubstr("no allow rule names it"));
  EXPECT_THAT(dial("11.1.2.3", 443), HasSubstr("no allow rule names it"));
  EXPECT_EQ(dial("api.internal", 80), "");
  EXPECT_THAT(dial("other.internal", 80), HasSubstr("no allow rule names it"));
}

TEST_F(AclTest, PrefersDenyToAllow) {
  use(R"({deny: ["10.0.0.1", "*:22"], allow: ["10.0.0.0/8", "*"]})");
  EXPECT_THAT(dial("10.0.0.1"), HasSubstr("deny rule \"10.0.0.1\""));
  EXPECT_EQ(dial("10.0.0.2"), "");
  EXPECT_THAT(dial("host", 22), HasSubstr("deny rule \"*:22\""));
}

TEST_F(AclTest, RemovesDeniedAddressesOfAName) {
  use(R"({deny: ["10.0.0.0/8", "::1"]})");
  EXPECT_EQ(dial("rebind.example"), "");
  auto list = addresses({"10.0.0.1", "192.0.2.1", "::ffff:10.0.0.2", "::1"});
  EXPECT_EQ(resolve(list), "");
  EXPECT_THAT(list, ElementsAre(asio::ip::make_address("192.0.2.1")));
}

TEST_F(AclTest, DeniesANameWhoseAddressesAreAllDenied) {
  use(R"({deny: ["169.254.0.0/16"]})");
  EXPECT_EQ(dial("rebind.example", 80), "");
  auto list = addresses({"::ffff:169.254.169.254"});
  EXPECT_EQ(resolve(list),
            "rebind.example:80 (::ffff:169.254.169.254) is denied by acl/cluster: deny rule \"169.254.0.0/16\"");
  EXPECT_THAT(list, IsEmpty());
}

TEST_F(AclTest, KeepsOnlyAllowedAddressesOfANameThatIsNotListed) {
  use(R"({allow: ["10.0.0.0/8:443", "api.internal"]})");
  EXPECT_EQ(dial("unlisted.example"), "");
  auto list = addresses({"10.0.0.1", "192.0.2.1"});
  EXPECT_EQ(resolve(list), "");
  EXPECT_THAT(list, ElementsAre(asio::ip::make_address("10.0.0.1")));
  list = addresses({"192.0.2.1"});
  EXPECT_THAT(resolve(list), HasSubstr("no allow rule names it"));
}

TEST_F(AclTest, LeavesTheAddressesOfAListedNameButForDeniedOnes) {
  use(R"({allow: ["api.internal"], deny: ["10.0.0.0/8"]})");
  EXPECT_EQ(dial("API.internal."), "");
  auto list = addresses({"10.0.0.1", "192.0.2.1"});
  EXPECT_EQ(resolve(list), "");
  EXPECT_THAT(list, ElementsAre(asio::ip::make_address("192.0.2.1")));
}

TEST_F(AclTest, CutsATunnelToANameThatOnlyAddressesCouldJustify) {
  use(R"({allow: ["10.0.0.0/8"]})");
  EXPECT_EQ(dial("unlisted.example"), "");
  EXPECT_FALSE(leads_on("agent node-1"));
  EXPECT_EQ(host_.metrics().counted("konduit_acl_denials_total"), 1U);
}

TEST_F(AclTest, LeavesATunnelToAnAddressThatWasShown) {
  use(R"({allow: ["10.0.0.0/8"]})");
  for (const char* remote : {"tcp://10.0.0.1:443", "tcp://[::ffff:10.0.0.1]:443"}) {
    EXPECT_EQ(dial("shown.example"), "");
    auto list = addresses({"10.0.0.1", "192.0.2.1"});
    EXPECT_EQ(resolve(list), "");
    EXPECT_TRUE(leads_on(remote)) << remote;
  }
}

TEST_F(AclTest, CutsATunnelThatWasReachedPastWhatWasShown) {
  // One backend resolves the name and cannot connect; the next one resolves it somewhere else.
  use(R"({allow: ["10.0.0.0/8"]})");
  for (const char* remote : {"agent node-1", "", "tcp://192.0.2.1:443", "tcp://proxy.example:3128"}) {
    EXPECT_EQ(dial("shown.example"), "");
    auto list = addresses({"10.0.0.1", "192.0.2.1"});
    EXPECT_EQ(resolve(list), "");
    EXPECT_FALSE(leads_on(remote)) << remote;
  }
}

TEST_F(AclTest, LeavesStreamsOfNamesThatAreListed) {
  use(R"({allow: ["10.0.0.0/8", "listed.example"]})");
  EXPECT_EQ(dial("listed.example"), "");
  EXPECT_TRUE(leads_on("agent node-1"));
  EXPECT_EQ(dial("10.0.0.1"), "");
  EXPECT_TRUE(leads_on(""));
}

TEST_F(AclTest, DeniesNumbersThatOnlySomeReadAsAddresses) {
  use(R"({deny: ["127.0.0.0/8"]})");
  for (const char* host : {"127.1", "0x7f.1", "0x7f000001", "2130706433", "017700000001", "0177.0.0.1", "127.0.0.1.",
                           "127.0.0.010", "1", "0X7F.0.0.1", "a.0x", "300.1.1.1", "127.0.0.1.."}) {
    EXPECT_NE(dial(host), "") << host;
  }
  use(R"({allow: ["*"]})");
  EXPECT_EQ(dial("127.1"), "127.1:443 is denied by acl/cluster: it is a number that not everybody reads alike");
}

TEST_F(AclTest, DeniesHostsThatAreNeitherNamesNorAddresses) {
  use(R"({deny: ["127.0.0.0/8", "metadata.internal"]})");
  const std::string zero("metadata.internal\0.example", 26);
  for (const std::string& host :
       {std::string(), zero, std::string("10.0.0.1\0x", 10), std::string("metadata.internal "),
        std::string("\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1"), std::string("[::1]"), std::string("127.0.0.1:80"),
        std::string("user@127.0.0.1"), std::string("127.0.0.1%1"), std::string("127.0.0.1/8"),
        std::string("metadata%2einternal")}) {
    EXPECT_NE(dial(host), "") << host;
  }
}

TEST_F(AclTest, DeniesAddressesThatCarryADeniedOne) {
  use(R"({deny: ["169.254.0.0/16", "127.0.0.0/8", "::1"]})");
  for (const char* host : {"64:ff9b::a9fe:a9fe", "64:ff9b::169.254.169.254", "64:ff9b:1::169.254.169.254",
                           "2002:a9fe:a9fe::1", "::169.254.169.254", "::ffff:0:169.254.169.254", "0.0.0.0",
                           "::", "::ffff:0.0.0.0", "::ffff:127.0.0.1", "0:0:0:0:0:ffff:a9fe:a9fe"}) {
    EXPECT_THAT(dial(host), HasSubstr("deny rule")) << host;
  }
  for (const char* host : {"64:ff9b::192.0.2.1", "2002:c000:201::1", "2001:db8::1", "fd00::169.254.169.254"}) {
    EXPECT_EQ(dial(host), "") << host;
  }
  EXPECT_EQ(dial("rebind.example"), "");
  auto list = addresses({"64:ff9b::a9fe:a9fe", "0.0.0.0", "192.0.2.1"});
  EXPECT_EQ(resolve(list), "");
  EXPECT_THAT(list, ElementsAre(asio::ip::make_address("192.0.2.1")));
}

TEST_F(AclTest, AllowsNoAddressForWhatItCarries) {
  use(R"({allow: ["10.0.0.0/8"]})");
  EXPECT_THAT(dial("64:ff9b::10.0.0.1"), HasSubstr("no allow rule names it"));
  EXPECT_EQ(dial("::ffff:10.0.0.1"), "");
}

TEST_F(AclTest, ForgetsDialsThatEnded) {
  use(R"({allow: ["10.0.0.0/8"]})");
  EXPECT_EQ(dial("unlisted.example"), "");
  part_->on_end({.request = &request_, .end = "failed"});
  EXPECT_TRUE(leads_on("agent node-1"));
}

TEST_F(AclTest, ReportsEachWrongRuleWhereItStands) {
  EXPECT_THAT(only_report(R"({deny: ["10.0.0.0/8", "10.0.0.0/99"]})"),
              HasSubstr("deny[1]: \"10.0.0.0/99\" is not a rule: the prefix length \"99\" is not in 0..32"));
  EXPECT_THAT(only_report(R"({allow: [], deny: ["*"]})"), HasSubstr("an empty list allows nothing"));
  EXPECT_THAT(only_report("{}"), HasSubstr("neither deny nor allow"));
  testkit::TestHost host(shard_);
  config::Problems problems;
  Acl wrong(*config::read_text(R"({deny: ["a b", "c d"], allow: ["e:f"]})", "acl.yaml", problems), host);
  EXPECT_EQ(host.reports().size(), 3U);
}

TEST_F(AclTest, IsMadeTwiceAndDestroyedInAnyOrder) {
  auto first = make(R"({deny: ["*:1"]})");
  auto second = make(R"({deny: ["*:2"]})");
  auto part = first->attach(attachment_);
  auto other = first->attach(attachment_);
  part.reset();
  EXPECT_EQ(text_of(other->on_dial(to("host", 2))), "");
  EXPECT_NE(text_of(other->on_dial(to("host", 1))), "");
  other.reset();
  first.reset();
  EXPECT_NE(text_of(second->attach(attachment_)->on_dial(to("host", 2))), "");
}

}  // namespace
}  // namespace konduit::filters
