#include "lb-discovery/dns_discovery.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "config/configuration.hpp"
#include "konduit/testkit/run.hpp"
#include "konduit/testkit/test_host.hpp"

namespace konduit::lb {
namespace {

using namespace std::chrono_literals;
using resolver::ResolveErrc;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;

class DnsDiscoveryTest : public ::testing::Test, protected DiscoveryPart::Observer {
 protected:
  DnsDiscoveryTest() {
    shard_.deadlines().fake_clock();
    part_.subscribe(*this);
  }
  ~DnsDiscoveryTest() override { testkit::await(shard_, part_.stop()); }
  void on_discovery_changed() override { ++notices_; }

  awaitable<DnsDiscoveryPart::Addresses> look_up(std::string name) {
    ++lookups_;
    const auto at = names_.find(name);
    if (at == names_.end()) co_return ResolveErrc::not_found;
    std::vector<asio::ip::address> addresses;
    for (const char* text : at->second) addresses.push_back(asio::ip::make_address(text));
    co_return addresses;
  }
  void start() {
    testkit::await(shard_, part_.start());
    settle();
  }
  void settle() {
    for (int turn = 0; turn < 20; ++turn) shard_.run_turn(Duration::zero());
  }
  void pass(Duration time) {
    shard_.deadlines().advance(time);
    settle();
  }

  Shard shard_;
  testkit::RecordingLogger log_;
  std::map<std::string, std::vector<const char*>> names_{{"lb", {"10.0.0.2", "10.0.0.1"}}};
  DnsDiscoveryPart part_{shard_, log_, {{"lb", 8091}, {"more", 1}}, 30s, [this](std::string name, TimePoint) {
                           return look_up(std::move(name));
                         }};
  int notices_ = 0;
  int lookups_ = 0;
};

TEST_F(DnsDiscoveryTest, AnswersTheAddressesOfItsNames) {
  EXPECT_THAT(part_.servers(), IsEmpty());
  EXPECT_EQ(part_.count(), std::nullopt);
  names_["more"] = {"fd00::1"};
  start();
  EXPECT_THAT(part_.servers(), ElementsAre("tcp://10.0.0.1:8091", "tcp://10.0.0.2:8091", "tcp://[fd00::1]:1"));
  EXPECT_THAT(part_.count(), Optional(3U));
  EXPECT_EQ(notices_, 1);
}

TEST_F(DnsDiscoveryTest, LooksAgainAtEveryInterval) {
  names_["more"] = {"fd00::1"};
  start();
  names_["lb"] = {"10.0.0.2", "10.0.0.3"};
  pass(29s);
  EXPECT_EQ(notices_, 1);
  pass(1s);
  EXPECT_EQ(notices_, 2);
  EXPECT_THAT(part_.servers(), ElementsAre("tcp://10.0.0.2:8091", "tcp://10.0.0.3:8091", "tcp://[fd00::1]:1"));
  names_["lb"] = {"10.0.0.3", "10.0.0.2"};
  pass(30s);
  EXPECT_EQ(notices_, 2) << "the order says nothing";
}

TEST_F(DnsDiscoveryTest, KeepsWhatItKnowsOfANameThatFailsAndSaysSoOnce) {
  names_["more"] = {"fd00::1"};
  start();
  names_.erase("more");
  pass(30s);
  pass(5s);
  pass(5s);
  EXPECT_EQ(part_.servers().size(), 3U);
  std::size_t told = 0;
  for (const auto& line : log_.lines()) told += line.field("name") == "more" && line.level == LogLevel::warning;
  EXPECT_EQ(told, 1U);
  EXPECT_EQ(lookups_, 8) << "sooner than at the interval";
}

class DnsDiscoveryConfiguration : public ::testing::Test {
 protected:
  std::vector<testkit::TestHost::Report> reports(const std::string& servers) {
    config::Problems problems;
    const auto node =
        config::read_text("{servers: " + servers + ", default_port: 8091, interval: 30s}", "d.yaml", problems);
    testkit::TestHost host(shard_);
    DnsDiscovery discovery(*node, host);
    return host.reports();
  }
  Shard shard_;
};

TEST_F(DnsDiscoveryConfiguration, TakesNamesAndReportsWhatIsNone) {
  EXPECT_THAT(reports(R"([a, "b:80", "tcp://c:1", "[fd00::1]:80"])"), IsEmpty());
  for (const auto& [servers, what] : std::map<std::string, std::string>{{"[]", "at least one name"},
                                                                        {R"(["uds:///x"])", "no scheme but tcp"},
                                                                        {R"(["a:0"])", "is not a colon and a port"},
                                                                        {R"([a, "a:8091"])", "in the list already"}}) {
    const auto found = reports(servers);
    ASSERT_EQ(found.size(), 1U) << servers;
    EXPECT_THAT(found.front().what, HasSubstr(what));
  }
}

}  // namespace
}  // namespace konduit::lb
