#include "resolver/resolver.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "../socket/loopback.hpp"
#include "konduit/testkit/run.hpp"
#include "name_server.hpp"
#include "support/descriptor_limit.hpp"
#include "support/temp_directory.hpp"

namespace konduit::resolver {
namespace {

using asio::ip::make_address;
using test::NameServer;
using test::record;
using ::testing::ElementsAre;
using testkit::await;

class ResolverTest : public ::testing::Test {
 protected:
  ResolverTest() : server_(shard_), resolver_(shard_, settings()) {}

  ResolverSettings settings() {
    ResolverSettings settings;
    settings.servers.servers = {server_.address()};
    settings.servers.resolv_conf = folder_.write("resolv.conf", "search cluster.example\noptions ndots:2\n");
    settings.hosts = folder_.write("hosts", "10.1.1.1 inhosts\n10.1.1.2 inhosts\n");
    return settings;
  }
  Resolver::Addresses resolve(const std::string& name, Duration within = std::chrono::seconds(8)) {
    return await(shard_, resolver_.resolve(name, shard_.now() + within));
  }
  /// Asks for so many names and gives up at once; returns how many questions were under way at the most.
  std::size_t give_up(std::size_t names) {
    std::size_t most = 0;
    for (std::size_t i = 0; i < names; ++i) {
      EXPECT_EQ(resolve("given-up" + std::to_string(i) + ".some.example", Duration::zero()).error(),
                ResolveErrc::timed_out);
      most = std::max(most, resolver_.pending());
    }
    return most;
  }
  void wait_for(std::size_t names, TaskGroup& tasks, std::vector<std::optional<Resolver::Addresses>>& answers) {
    answers.resize(names);
    for (std::size_t i = 0; i < names; ++i) {
      const std::string name = "waited-for" + std::to_string(i) + ".some.example";
      tasks.spawn(testkit::store_result(resolver_.resolve(name, TimePoint::max()), &answers[i]));
    }
    shard_.run_ready();
  }

  Shard shard_;
  test_support::TempDirectory folder_;
  NameServer server_;
  Resolver resolver_;
};

TEST_F(ResolverTest, AsksNobodyForALiteral) {
  EXPECT_THAT(*resolve("10.0.0.7"), ElementsAre(make_address("10.0.0.7")));
  EXPECT_THAT(*resolve("2001:db8::7"), ElementsAre(make_address("2001:db8::7")));
  EXPECT_THAT(*resolve("::ffff:10.0.0.7"), ElementsAre(make_address("10.0.0.7")));
  EXPECT_EQ(server_.questions(), 0u);
}

TEST_F(ResolverTest, TakesTheHostsFilesWordForIt) {
  EXPECT_THAT(*resolve("InHosts"), ElementsAre(make_address("10.1.1.1"), make_address("10.1.1.2")));
  EXPECT_EQ(server_.questions(), 0u);
}

TEST_F(ResolverTest, AsksNobodyForLocalhost) {
  EXPECT_THAT(*resolve("localhost"), ElementsAre(make_address("127.0.0.1"), make_address("::1")));
  EXPECT_THAT(*resolve("a.localhost."), ElementsAre(make_address("127.0.0.1"), make_address("::1")));
  EXPECT_EQ(server_.questions(), 0u);
}

TEST_F(ResolverTest, GivesTheAddressesOfBothFamilies) {
  server_.add("both.some.example", NameServer::kA, {record("10.0.0.1"), record("10.0.0.2")});
  server_.add("both.some.example", NameServer::kAaaa, {record("2001:db8::1")});
  EXPECT_THAT(*resolve("both.some.example"),
              ElementsAre(make_address("2001:db8::1"), make_address("10.0.0.1"), make_address("10.0.0.2")));
}

TEST_F(ResolverTest, OneFamilyIsEnough) {
  server_.add("four.some.example", NameServer::kA, {record("10.0.0.1")});
  server_.add("four.some.example", NameServer::kAaaa, {});
  EXPECT_THAT(*resolve("four.some.example"), ElementsAre(make_address("10.0.0.1")));
}

TEST_F(ResolverTest, TriesTheSearchDomains) {
  server_.add("service.cluster.example", NameServer::kA, {record("10.0.0.1")});
  server_.add("service.cluster.example", NameServer::kAaaa, {});
  EXPECT_THAT(*resolve("service"), ElementsAre(make_address("10.0.0.1")));
}

TEST_F(ResolverTest, SaysThatThereIsNoSuchName) {
  EXPECT_EQ(resolve("nosuch.some.example").error(), ResolveErrc::not_found);
  EXPECT_EQ(resolve("").error(), ResolveErrc::not_found);
  EXPECT_EQ(resolve("with space.example").error(), ResolveErrc::not_found);
  EXPECT_EQ(resolve(std::string(300, 'a')).error(), ResolveErrc::not_found);
}

TEST_F(ResolverTest, TellsABrokenServerFromAMissingName) {
  server_.fail("broken.some.example", 2);
  EXPECT_EQ(resolve("broken.some.example").error(), ResolveErrc::server_failed);
}

TEST_F(ResolverTest, GivesUpAtTheDeadline) {
  server_.swallow_all();
  EXPECT_EQ(resolve("slow.some.example", std::chrono::milliseconds(30)).error(), ResolveErrc::timed_out);
}

TEST_F(ResolverTest, AServerThatSwallowsAaaaCostsLittle) {
  server_.add("four.some.example", NameServer::kA, {record("10.0.0.1")});
  server_.swallow(NameServer::kAaaa);
  const TimePoint begin = Clock::now();
  EXPECT_THAT(*resolve("four.some.example"), ElementsAre(make_address("10.0.0.1")));
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(1));
}

TEST_F(ResolverTest, AServerThatSwallowsALeavesTheIpv6Addresses) {
  server_.add("six.some.example", NameServer::kAaaa, {record("2001:db8::1")});
  server_.swallow(NameServer::kA);
  EXPECT_THAT(*resolve("six.some.example"), ElementsAre(make_address("2001:db8::1")));
}

TEST_F(ResolverTest, AnswersManyQuestionsAtOnce) {
  TaskGroup tasks(shard_);
  std::vector<std::optional<Resolver::Addresses>> answers(50);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const std::string name = "n" + std::to_string(i) + ".some.example";
    server_.add(name, NameServer::kA, {record("10.0.0.1")});
    server_.add(name, NameServer::kAaaa, {});
    tasks.spawn(testkit::store_result(resolver_.resolve(name, shard_.now() + std::chrono::seconds(8)), &answers[i]));
  }
  ASSERT_TRUE(testkit::run_until(shard_, [&] { return tasks.size() == 0; }));
  for (const auto& answer : answers) EXPECT_TRUE(answer->has_value());
}

TEST_F(ResolverTest, EndsWhenItIsCancelled) {
  server_.swallow_all();
  TaskGroup tasks(shard_);
  std::optional<Resolver::Addresses> answer;
  tasks.spawn(testkit::store_result(resolver_.resolve("slow.some.example", TimePoint::max()), &answer));
  ASSERT_TRUE(testkit::run_until(shard_, [&] { return server_.questions() > 0; }));
  tasks.cancel();
  ASSERT_TRUE(testkit::run_until(shard_, [&] { return answer.has_value(); }));
  EXPECT_EQ(answer->error(), ResolveErrc::cancelled);
}

TEST_F(ResolverTest, QuestionsThatNobodyWaitsForAreForgotten) {
  server_.add("known.some.example", NameServer::kA, {record("10.0.0.1")});
  server_.add("known.some.example", NameServer::kAaaa, {});
  server_.swallow_all();
  EXPECT_LT(give_up(5000), 2000u);
  server_.swallow_all(false);
  const auto found = resolve("known.some.example");
  ASSERT_TRUE(found.has_value());
  EXPECT_THAT(*found, ElementsAre(make_address("10.0.0.1")));
}

TEST_F(ResolverTest, WhoWaitsAmongQuestionsThatWereGivenUpGetsItsAnswer) {
  server_.add("waited-for0.some.example", NameServer::kA, {record("10.0.0.1")});
  server_.add("waited-for0.some.example", NameServer::kAaaa, {});
  server_.swallow_all();
  TaskGroup tasks(shard_);
  std::vector<std::optional<Resolver::Addresses>> answers;
  wait_for(1, tasks, answers);
  EXPECT_LT(give_up(5000), 2200u) << "of the channel at which it waits, and of the one behind it";
  server_.swallow_all(false);
  ASSERT_TRUE(testkit::run_until(shard_, [&] { return answers[0].has_value(); }));
  ASSERT_TRUE(answers[0]->has_value());
  EXPECT_THAT(**answers[0], ElementsAre(make_address("10.0.0.1")));
}

TEST_F(ResolverTest, RefusesMoreNamesThanItCanAskForAtOnce) {
  server_.add("known.some.example", NameServer::kA, {record("10.0.0.1")});
  server_.add("known.some.example", NameServer::kAaaa, {});
  server_.swallow_all();
  TaskGroup tasks(shard_);
  std::vector<std::optional<Resolver::Addresses>> answers;
  wait_for(4096, tasks, answers);
  EXPECT_EQ(resolver_.pending(), 8192u);
  EXPECT_EQ(resolve("one-more.some.example").error(), ResolveErrc::overloaded);
  tasks.cancel();
  ASSERT_TRUE(testkit::run_until(shard_, [&] { return tasks.size() == 0; }));
  server_.swallow_all(false);
  EXPECT_TRUE(resolve("known.some.example").has_value());
}

TEST_F(ResolverTest, QuestionsThatWereGivenUpMakeRoomForNewNames) {
  server_.swallow_all();
  TaskGroup tasks(shard_);
  std::vector<std::optional<Resolver::Addresses>> first, others;
  wait_for(1, tasks, first);
  give_up(2000);
  wait_for(3500, tasks, others);
  EXPECT_LE(resolver_.pending(), 8192u);
  ASSERT_TRUE(first[0].has_value()) << "it waited longest among questions that were given up";
  EXPECT_EQ(first[0]->error(), ResolveErrc::overloaded);
  EXPECT_TRUE(std::ranges::none_of(others, [](const auto& answer) { return answer.has_value(); }));
  tasks.cancel();
  ASSERT_TRUE(testkit::run_until(shard_, [&] { return tasks.size() == 0; }));
}

TEST_F(ResolverTest, LeavesNoDescriptorBehind) {
  server_.swallow_all();
  resolve("warm.some.example", std::chrono::milliseconds(10));
  std::size_t before = 0;
  {
    Resolver other(shard_, settings());
    before = socket::test::open_descriptors();
    EXPECT_EQ(await(shard_, other.resolve("slow.some.example", shard_.now() + std::chrono::milliseconds(20))).error(),
              ResolveErrc::timed_out);
    EXPECT_GT(socket::test::open_descriptors(), before) << "nothing was asked: nothing was tested";
  }
  EXPECT_EQ(socket::test::open_descriptors(), before);
}

TEST_F(ResolverTest, FollowsTheFileOfSearchDomains) {
  shard_.deadlines().fake_clock();
  server_.add("service.moved.example", NameServer::kA, {record("10.0.0.9")});
  server_.add("service.moved.example", NameServer::kAaaa, {});
  EXPECT_EQ(resolve("service").error(), ResolveErrc::not_found);
  folder_.write("resolv.conf", "search moved.example\noptions ndots:2\n");
  shard_.deadlines().advance(std::chrono::seconds(6));
  const auto found = resolve("service");
  ASSERT_TRUE(found.has_value());
  EXPECT_THAT(*found, ElementsAre(make_address("10.0.0.9")));
}

TEST_F(ResolverTest, ReadsTheFileOfSearchDomainsAgainWhenThereWasNoDescriptorForIt) {
  shard_.deadlines().fake_clock();
  server_.add("service.cluster.example", NameServer::kA, {record("10.0.0.1")});
  server_.add("service.cluster.example", NameServer::kAaaa, {});
  {
    const test_support::DescriptorLimit none(0);
    EXPECT_TRUE(resolve("service").has_error());
  }
  shard_.deadlines().advance(std::chrono::seconds(6));
  const auto found = resolve("service");
  ASSERT_TRUE(found.has_value());
  EXPECT_THAT(*found, ElementsAre(make_address("10.0.0.1")));
}

TEST_F(ResolverTest, SaysThatNoServerCouldBeReached) {
  ResolverSettings nobody = settings();
  {
    NameServer gone(shard_);
    nobody.servers.servers = {gone.address()};
  }
  Resolver resolver(shard_, nobody);
  EXPECT_EQ(await(shard_, resolver.resolve("a.some.example", shard_.now() + std::chrono::seconds(8))).error(),
            ResolveErrc::server_failed);
}

}  // namespace
}  // namespace konduit::resolver
