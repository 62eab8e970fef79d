#include "runtime/generation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "fakes.hpp"
#include "konduit/task_group.hpp"
#include "konduit/testkit/run.hpp"
#include "runtime/shards.hpp"

namespace konduit::runtime {
namespace {

using namespace std::chrono_literals;
using test::configuration;
using test::journal;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class GenerationTest : public testing::Test {
 protected:
  GenerationTest() {
    journal().clear();
    shard_.deadlines().fake_clock();
  }
  ~GenerationTest() override {
    if (generation_) testkit::await(shard_, generation_->stop());
  }

  /// Makes a generation and lets its components be created.
  Generation& create(config::Configuration from) {
    generation_.emplace(world_.environment, std::move(from));
    generation_->create(test::FakeCatalog(), problems_);
    return *generation_;
  }
  std::vector<std::string> prepare() { return testkit::await(shard_, generation_->prepare()); }
  std::vector<std::string> start() { return testkit::await(shard_, generation_->start()); }
  void stop() { testkit::await(shard_, generation_->stop()); }
  std::vector<std::string> lines_of(const std::function<void()>& step) {
    journal().clear();
    step();
    return journal().lines();
  }

  Shard shard_;
  std::array<Shard*, 1> shards_{&shard_};
  test::World world_{shards_};
  config::Problems problems_;
  std::optional<Generation> generation_;
};

TEST_F(GenerationTest, LetsWhatServesBeginFirstAndEndLast) {
  create(configuration());
  EXPECT_THAT(journal().lines(), ElementsAre("fake/filter create", "fake/backend create", "fake/frontend create"));
  EXPECT_THAT(lines_of([&] { EXPECT_THAT(prepare(), IsEmpty()); }),
              ElementsAre("fake/filter prepare", "fake/backend prepare", "fake/frontend prepare"));
  EXPECT_THAT(lines_of([&] { EXPECT_THAT(start(), IsEmpty()); }),
              ElementsAre("fake/filter attach 0", "fake/backend attach 0", "fake/frontend attach 0",
                          "fake/filter start 0", "fake/backend start 0", "fake/frontend start 0"));
  EXPECT_THAT(lines_of([&] { testkit::await(shard_, generation_->drain(shard_.now() + 1h)); }),
              ElementsAre("fake/frontend drain 0", "fake/backend drain 0", "fake/filter drain 0"));
  EXPECT_THAT(lines_of([&] { stop(); }),
              ElementsAre("fake/frontend stop 0", "fake/frontend gone 0", "fake/frontend destroy",
                          "fake/backend stop 0", "fake/backend gone 0", "fake/backend destroy", "fake/filter stop 0",
                          "fake/filter gone 0", "fake/filter destroy"));
  EXPECT_THAT(lines_of([&] { stop(); }), IsEmpty()) << "once is enough";
}

TEST_F(GenerationTest, ReportsWhatCannotBeCreatedAndGoesOn) {
  create(configuration({.fails = "create"}, {.fails = "create"}));
  EXPECT_THAT(problems_.text(), HasSubstr("fake/filter: fake/filter fails in create (fakes)"));
  EXPECT_THAT(problems_.text(), HasSubstr("fake/backend: fake/backend fails in create (fakes)"));
  EXPECT_TRUE(journal().has("fake/frontend create"));
  EXPECT_THAT(lines_of([&] { generation_.reset(); }), ElementsAre("fake/frontend destroy"));
}

TEST_F(GenerationTest, MakesNoFrontendThatNoPipelineHas) {
  auto unused = configuration();
  unused.pipelines.clear();
  create(std::move(unused));
  EXPECT_FALSE(journal().has("fake/frontend create"));
}

TEST_F(GenerationTest, UndoesEverythingWhereOneComponentCannotPrepare) {
  create(configuration({}, {.fails = "prepare"}));
  const auto failures = prepare();
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_THAT(failures[0], HasSubstr("fake/backend: fake/backend fails in prepare"));
  EXPECT_TRUE(journal().has("fake/frontend prepare")) << "all that is wrong is told at once";
  EXPECT_THAT(lines_of([&] { stop(); }),
              ElementsAre("fake/frontend destroy", "fake/backend destroy", "fake/filter destroy"));
}

TEST_F(GenerationTest, StopsWhatWasAttachedWhereOneCannotBe) {
  create(configuration({}, {.fails = "attach"}));
  prepare();
  EXPECT_THAT(start(), ElementsAre("fake/backend fails in attach"));
  EXPECT_THAT(lines_of([&] { stop(); }),
              ElementsAre("fake/frontend destroy", "fake/backend destroy", "fake/filter stop 0", "fake/filter gone 0",
                          "fake/filter destroy"));
}

TEST_F(GenerationTest, StopsAllPartsWhereOneCannotStart) {
  create(configuration({}, {.fails = "start"}));
  prepare();
  EXPECT_THAT(start(), ElementsAre("fake/backend fails in start"));
  EXPECT_FALSE(journal().has("fake/frontend start 0")) << "nobody accepts what cannot be served";
  stop();
  for (const char* part : {"fake/filter", "fake/backend", "fake/frontend"}) {
    EXPECT_TRUE(journal().has(std::string(part) + " stop 0")) << part;
  }
}

TEST_F(GenerationTest, DrainsAndStopsTheOthersWhereOneFails) {
  for (const char* step : {"drain", "stop"}) {
    create(configuration({.fails = step}, {.fails = step}, {.fails = step}));
    prepare();
    start();
    EXPECT_THAT(lines_of([&] { testkit::await(shard_, generation_->drain(shard_.now() + 1h)); }),
                ElementsAre("fake/frontend drain 0", "fake/backend drain 0", "fake/filter drain 0"));
    const auto lines = lines_of([&] { stop(); });
    for (const char* part : {"fake/filter", "fake/backend", "fake/frontend"}) {
      EXPECT_THAT(lines, Contains(std::string(part) + " stop 0"));
      EXPECT_THAT(lines, Contains(std::string(part) + " gone 0"));
      EXPECT_THAT(lines, Contains(std::string(part) + " destroy"));
    }
  }
}

TEST_F(GenerationTest, DrainsNoLongerThanUntilItsDeadline) {
  create(configuration({}, {}, {.drains = "late"}));
  prepare();
  start();
  TaskGroup draining(shard_);
  draining.spawn(generation_->drain(shard_.now() + 3s));
  shard_.deadlines().advance(2s);
  for (int turn = 0; turn < 50; ++turn) shard_.run_turn(Duration::zero());
  EXPECT_TRUE(journal().has("fake/frontend drain 0"));
  EXPECT_FALSE(journal().has("fake/backend drain 0")) << "while a frontend drains, what serves it goes on";
  shard_.deadlines().advance(1s);
  EXPECT_TRUE(testkit::run_until(shard_, [&] { return draining.size() == 0; }));
  EXPECT_TRUE(journal().has("fake/filter drain 0"));
}

TEST_F(GenerationTest, EndsTheMetricsAndChecksOfItsComponents) {
  create(configuration());
  prepare();
  start();
  EXPECT_THAT(world_.metrics.scrape(), HasSubstr("konduit_tunnels{component=\"pipeline/main\"} 0\n"));
  stop();
  EXPECT_THAT(world_.metrics.scrape(), ::testing::Not(HasSubstr("konduit_tunnels{")));
  EXPECT_THAT(world_.metrics.scrape(), HasSubstr("konduit_dials_total{component=\"pipeline/main\",result=\"ok\"} 0\n"));
}

/// An older generation at work, and a newer one that is to take its place.
class SuccessionTest : public GenerationTest {
 protected:
  SuccessionTest() {
    create(configuration());
    prepare();
    start();
    journal().clear();
  }
  ~SuccessionTest() override {
    if (newer_) end(*newer_);
  }

  Generation& create_newer(config::Configuration from, Generation& older) {
    newer_.emplace(world_.environment, std::move(from), &older);
    newer_->create(test::FakeCatalog(), problems_);
    EXPECT_EQ(problems_.text(), "");
    return *newer_;
  }
  std::vector<std::string> begin(Generation& generation) {
    EXPECT_THAT(testkit::await(shard_, generation.prepare()), IsEmpty());
    return testkit::await(shard_, generation.start());
  }
  void end(Generation& generation) { testkit::await(shard_, generation.stop()); }
  void drain(Generation& generation) { testkit::await(shard_, generation.drain(shard_.now() + 1h)); }

  std::optional<Generation> newer_;
};

TEST_F(SuccessionTest, MakesNothingAnewOfAnEqualDocument) {
  create_newer(configuration(), *generation_);
  EXPECT_THAT(begin(*newer_), IsEmpty());
  newer_->take_over();
  drain(*generation_);
  end(*generation_);
  EXPECT_THAT(journal().lines(), IsEmpty());
  EXPECT_THAT(lines_of([&] { end(*newer_); }), Contains("fake/backend stop 0"));
}

TEST_F(SuccessionTest, MakesOnlyWhatDiffersAndEndsOnlyThat) {
  create_newer(configuration({.drains = "at once"}), *generation_);
  EXPECT_THAT(journal().lines(), ElementsAre("fake/filter create", "fake/frontend create"));
  EXPECT_THAT(lines_of([&] { begin(*newer_); }),
              ElementsAre("fake/filter prepare", "fake/frontend prepare", "fake/filter attach 0",
                          "fake/frontend attach 0", "fake/filter start 0", "fake/frontend start 0"));
  newer_->take_over();
  EXPECT_THAT(
      lines_of([&] {
        drain(*generation_);
        end(*generation_);
      }),
      ElementsAre("fake/frontend drain 0", "fake/filter drain 0", "fake/frontend stop 0", "fake/frontend gone 0",
                  "fake/frontend destroy", "fake/filter stop 0", "fake/filter gone 0", "fake/filter destroy"));
}

TEST_F(SuccessionTest, LeavesTheOlderAsItWasWhereTheNewerCannotStart) {
  create_newer(configuration({.fails = "start"}), *generation_);
  EXPECT_THAT(begin(*newer_), ElementsAre("fake/filter fails in start"));
  EXPECT_THAT(lines_of([&] { end(*newer_); }),
              ElementsAre("fake/frontend stop 0", "fake/frontend gone 0", "fake/frontend destroy", "fake/filter stop 0",
                          "fake/filter gone 0", "fake/filter destroy"));
  newer_.reset();
  EXPECT_THAT(lines_of([&] { drain(*generation_); }),
              ElementsAre("fake/frontend drain 0", "fake/backend drain 0", "fake/filter drain 0"));
}

TEST_F(SuccessionTest, EndsABackendOnlyWhenNoOlderPipelineGoesThroughIt) {
  create_newer(configuration({.drains = "at once"}), *generation_);
  begin(*newer_);
  newer_->take_over();
  Generation newest(world_.environment, configuration({.drains = "at once"}, {.drains = "at once"}), &*newer_);
  newest.create(test::FakeCatalog(), problems_);
  begin(newest);
  newest.take_over();
  journal().clear();

  TaskGroup ending(shard_);
  ending.spawn(newer_->stop());
  for (int turn = 0; turn < 50; ++turn) shard_.run_turn(Duration::zero());
  EXPECT_TRUE(journal().has("fake/frontend stop 0"));
  EXPECT_FALSE(journal().has("fake/backend stop 0")) << "the first generation's pipeline has it as its backend";

  end(*generation_);
  EXPECT_TRUE(testkit::run_until(shard_, [&] { return ending.size() == 0; }));
  EXPECT_TRUE(journal().has("fake/backend destroy"));
  end(newest);
}

awaitable<void> live(Generation* generation, Shards* shards) {
  co_await generation->prepare();
  co_await generation->start();
  co_await generation->drain(shards->control().now() + 1h);
  co_await generation->stop();
  shards->stop();
}

TEST(GenerationOnTwoShards, StartsNothingBeforeEverythingIsAttached) {
  journal().clear();
  Shards shards(2);
  test::World world(shards.all());
  Generation generation(world.environment, configuration());
  config::Problems problems;
  generation.create(test::FakeCatalog(), problems);
  TaskGroup tasks(shards.control());
  tasks.spawn(live(&generation, &shards));
  shards.run();
  const auto lines = journal().lines();
  const auto has = [](const char* word) {
    return [word](const std::string& line) { return line.find(word) != std::string::npos; };
  };
  EXPECT_EQ(std::ranges::count_if(lines, has(" attach ")), 6);
  EXPECT_EQ(std::ranges::count_if(lines, has(" start ")), 6);
  EXPECT_EQ(std::ranges::count_if(lines, has(" stop ")), 6);
  const auto first_start = std::ranges::find_if(lines, has(" start "));
  EXPECT_EQ(std::count_if(first_start, lines.end(), has(" attach ")), 0);
}

}  // namespace
}  // namespace konduit::runtime
