#include "filters/acl.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/ip/address.hpp>

#include "config/configuration.hpp"
#include "konduit/testkit/memory_stream.hpp"
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
  auto [stream, peer] = testkit::MemoryStream::make_pair(shard_);
  auto wrapped = part_->on_stream(request_, std::move(stream));
  BufferQueue bytes;
  bytes.push_back(shard_.pool().copy("x"));
  EXPECT_TRUE(wrapped->try_write(bytes).has_error());
  EXPECT_EQ(host_.metrics().counted("konduit_acl_denials_total"), 1U);
}

TEST_F(AclTest, LeavesOtherStreamsAlone) {
  use(R"({allow: ["10.0.0.0/8"]})");
  EXPECT_EQ(dial("shown.example"), "");
  auto list = addresses({"10.0.0.1"});
  EXPECT_EQ(resolve(list), "");
  auto [stream, peer] = testkit::MemoryStream::make_pair(shard_);
  auto* const given = stream.get();
  auto wrapped = part_->on_stream(request_, std::move(stream));
  EXPECT_EQ(wrapped.get(), given);
  BufferQueue bytes;
  bytes.push_back(shard_.pool().copy("x"));
  EXPECT_TRUE(wrapped->try_write(bytes).has_value());
}

TEST_F(AclTest, ForgetsDialsThatEnded) {
  use(R"({allow: ["10.0.0.0/8"]})");
  EXPECT_EQ(dial("unlisted.example"), "");
  part_->on_end({.request = &request_, .end = "failed"});
  auto [stream, peer] = testkit::MemoryStream::make_pair(shard_);
  auto wrapped = part_->on_stream(request_, std::move(stream));
  BufferQueue bytes;
  bytes.push_back(shard_.pool().copy("x"));
  EXPECT_TRUE(wrapped->try_write(bytes).has_value());
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
