#include "runtime/rehearsal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "fakes.hpp"
#include "konduit/testkit/run.hpp"

namespace konduit::runtime {
namespace {

using test::configuration;
using test::journal;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RehearsalTest : public testing::Test {
 protected:
  RehearsalTest() { journal().clear(); }

  /// What is wrong with one dial that is to come to `expect`.
  std::string rehearse(config::Configuration from, const std::string& expect) {
    from.tests.push_back({.name = "a dial",
                          .frontend = "fake/frontend",
                          .target = {"host.example", 443},
                          .identity = {},
                          .from = {},
                          .resolves = {},
                          .expect = expect,
                          .says = {},
                          .where = {}});
    config::Problems problems;
    Rehearsal rehearsal(world_.environment, from);
    rehearsal.create(test::FakeCatalog(), problems);
    otherwise_ = testkit::await(shard_, rehearsal.run(problems));
    return problems.text();
  }

  Shard shard_;
  std::array<Shard*, 1> shards_{&shard_};
  test::World world_{shards_};
  std::optional<std::size_t> otherwise_;  // how many dials came so
};

TEST_F(RehearsalTest, PreparesAndStartsNothing) {
  EXPECT_THAT(rehearse(configuration(), "fake/backend"), IsEmpty());
  EXPECT_EQ(otherwise_, 0);
  EXPECT_THAT(journal().lines(),
              ElementsAre("fake/filter create", "fake/backend create", "fake/filter attach 0", "fake/filter stop 0",
                          "fake/filter gone 0", "fake/backend destroy", "fake/filter destroy"))
      << "and for the backend somebody stands in";
}

TEST_F(RehearsalTest, DoesNotMindWhatCannotBePrepared) {
  EXPECT_THAT(rehearse(configuration({.fails = "prepare"}, {.fails = "prepare"}), "fake/backend"), IsEmpty());
}

TEST_F(RehearsalTest, SaysWhatADialCameToInstead) {
  EXPECT_THAT(rehearse(configuration(), "denied"), HasSubstr("expected \"denied\", but it came to \"fake/backend\""));
  EXPECT_EQ(otherwise_, 1);
}

TEST_F(RehearsalTest, SaysWhatCannotBeAttachedAndEndsTheRest) {
  EXPECT_THAT(rehearse(configuration({.fails = "attach"}), "fake/backend"), HasSubstr("the tests cannot be run"));
  EXPECT_EQ(otherwise_, std::nullopt);
  EXPECT_TRUE(journal().has("fake/filter destroy"));
}

}  // namespace
}  // namespace konduit::runtime
