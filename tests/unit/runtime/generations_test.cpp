#include "runtime/generations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "fakes.hpp"
#include "konduit/task_group.hpp"
#include "konduit/testkit/run.hpp"

namespace konduit::runtime {
namespace {

using namespace std::chrono_literals;
using test::configuration;
using test::journal;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A document at work whose frontend has a tunnel that does not end by itself.
class GenerationsTest : public testing::Test {
 protected:
  GenerationsTest() {
    journal().clear();
    shard_.deadlines().fake_clock();
    auto first = configuration({}, {}, {.drains = "late"});
    first.runtime.old_generations = 2;
    first.runtime.old_generation_age = 1h;
    generations_.emplace(world_.environment, std::move(first));
    config::Problems problems;
    generations_->create(test::FakeCatalog(), problems);
    testkit::await(shard_, generations_->prepare());
    testkit::await(shard_, generations_->start());
  }
  ~GenerationsTest() override {
    generations_->hurry();
    testkit::run_until(shard_, [&] { return replacing_.size() == 0; });
    testkit::await(shard_, generations_->stop());
  }

  /// Each call another document.
  static config::Configuration next() {
    static int number = 0;
    auto document = configuration({.drains = std::to_string(++number)}, {}, {.drains = "late"});
    document.runtime.old_generations = 2;
    document.runtime.old_generation_age = 1h;
    return document;
  }
  std::vector<std::string> replace(config::Configuration document) {
    return testkit::await(shard_, generations_->replace(std::move(document), catalog_));
  }
  bool has_metric(const std::string& line) const {
    return world_.metrics.scrape().find(line + "\n") != std::string::npos;
  }
  bool has_alive(int count) const {
    return has_metric("konduit_generations{component=\"runtime\"} " + std::to_string(count));
  }

  static awaitable<void> replace_later(GenerationsTest* test) {
    auto document = next();
    const auto failures = co_await test->generations_->replace(std::move(document), test->catalog_);
    EXPECT_THAT(failures, IsEmpty());
  }

  Shard shard_;
  std::array<Shard*, 1> shards_{&shard_};
  test::World world_{shards_};
  const test::FakeCatalog catalog_;
  std::optional<Generations> generations_;
  TaskGroup replacing_{shard_};
};

TEST_F(GenerationsTest, LetAnOlderOneGoOnUntilItsTunnelsHaveEnded) {
  EXPECT_THAT(replace(next()), IsEmpty());
  EXPECT_TRUE(has_alive(2));
  shard_.deadlines().advance(59min);
  for (int turn = 0; turn < 50; ++turn) shard_.run_turn(Duration::zero());
  EXPECT_FALSE(journal().has("fake/frontend stop 0"));
  shard_.deadlines().advance(1min);
  EXPECT_TRUE(testkit::run_until(shard_, [&] { return has_alive(1); }));
  EXPECT_TRUE(journal().has("fake/frontend stop 0"));
}

TEST_F(GenerationsTest, LetAReloadWaitWhileThereAreTooMany) {
  replace(next());
  replace(next());
  EXPECT_TRUE(has_alive(3));
  replacing_.spawn(replace_later(this));
  for (int turn = 0; turn < 50; ++turn) shard_.run_turn(Duration::zero());
  EXPECT_EQ(replacing_.size(), 1u);
  shard_.deadlines().advance(1h);
  EXPECT_TRUE(testkit::run_until(shard_, [&] { return replacing_.size() == 0; }));
}

TEST_F(GenerationsTest, StayAsTheyAreWhereADocumentFails) {
  EXPECT_THAT(replace(configuration({.fails = "create"})), ElementsAre(HasSubstr("fake/filter fails in create")));
  EXPECT_THAT(replace(configuration({.fails = "prepare"})), ElementsAre(HasSubstr("fake/filter fails in prepare")));
  EXPECT_THAT(replace(configuration({.fails = "attach"})), ElementsAre(HasSubstr("fake/filter fails in attach")));
  EXPECT_TRUE(has_alive(1));
  EXPECT_EQ(generations_->configuration().runtime.old_generations, 2u);
  EXPECT_THAT(replace(next()), IsEmpty()) << "and the next one is taken";
}

TEST_F(GenerationsTest, EndTogether) {
  replace(next());
  TaskGroup draining(shard_);
  draining.spawn(generations_->drain(shard_.now() + 3s));
  shard_.deadlines().advance(2s);
  for (int turn = 0; turn < 50; ++turn) shard_.run_turn(Duration::zero());
  EXPECT_EQ(draining.size(), 1u);
  shard_.deadlines().advance(1s);
  EXPECT_TRUE(testkit::run_until(shard_, [&] { return draining.size() == 0; }));
  testkit::await(shard_, generations_->stop());
  EXPECT_EQ(journal().lines().back(), "fake/filter destroy");
}

}  // namespace
}  // namespace konduit::runtime
