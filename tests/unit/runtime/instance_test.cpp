#include "runtime/instance.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "fakes.hpp"
#include "support/temp_directory.hpp"

namespace konduit::runtime {
namespace {

using namespace std::chrono_literals;
using test::configuration;
using test::journal;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class InstanceTest : public testing::Test {
 protected:
  InstanceTest() {
    journal().clear();
    platform_.open_log({.file = "/dev/null"});
  }

  Instance& make(config::Configuration from, Duration drain_timeout = 1h) {
    from.runtime.drain_timeout = drain_timeout;
    instance_.emplace(platform_, std::move(from));
    config::Problems problems;
    instance_->create(test::FakeCatalog(), problems);
    EXPECT_EQ(problems.text(), "");
    return *instance_;
  }
  std::vector<std::string> run() { return instance_->run({.ready_file = ready_file_, .handle_signals = false}); }
  /// Asks for a stop, once more for each time that `line` is noted.
  void stop_at(const std::string& line) {
    journal().when_noted = [this, line](const std::string& noted) {
      if (noted == line) instance_->request_stop();
    };
  }

  Platform platform_{"1.2.3"};
  test_support::TempDirectory directory_;
  const std::string ready_file_ = directory_.file("ready.json");
  std::optional<Instance> instance_;
};

TEST_F(InstanceTest, DrainsAndEndsWhenItIsAskedToBeforeItRuns) {
  make(configuration()).request_stop();
  EXPECT_THAT(run(), IsEmpty());
  EXPECT_TRUE(journal().has("fake/frontend start 0"));
  EXPECT_TRUE(journal().has("fake/frontend drain 0"));
  EXPECT_EQ(journal().lines().back(), "fake/filter destroy");
}

TEST_F(InstanceTest, WritesTheReadyFileWhenEverythingIsUp) {
  make(configuration());
  bool early = true;
  bool there = false;
  journal().when_noted = [&](const std::string& line) {
    if (line == "fake/frontend start 0") {
      early = std::filesystem::exists(ready_file_);
      instance_->request_stop();
    }
    if (line == "fake/frontend drain 0") there = std::filesystem::exists(ready_file_);
  };
  EXPECT_THAT(run(), IsEmpty());
  EXPECT_FALSE(early);
  EXPECT_TRUE(there);
}

TEST_F(InstanceTest, GivesUpDrainingAfterTheTimeout) {
  make(configuration({}, {}, {.drains = "late"}), 20ms).request_stop();
  EXPECT_THAT(run(), IsEmpty());
  EXPECT_TRUE(journal().has("fake/frontend drain 0"));
  EXPECT_TRUE(journal().has("fake/frontend stop 0"));
}

TEST_F(InstanceTest, StopsAtOnceWhenItIsAskedASecondTime) {
  make(configuration({}, {}, {.drains = "late"})).request_stop();
  stop_at("fake/frontend drain 0");
  const TimePoint began = Clock::now();
  EXPECT_THAT(run(), IsEmpty());
  EXPECT_LT(Clock::now() - began, 30min) << "it waited for the drain";
  EXPECT_TRUE(journal().has("fake/frontend stop 0"));
}

TEST_F(InstanceTest, TellsWhatCannotBePreparedAndStartsNothing) {
  make(configuration({.fails = "prepare"}, {.fails = "prepare"}));
  const auto failures = run();
  EXPECT_THAT(failures, ElementsAre(HasSubstr("fake/filter fails"), HasSubstr("fake/backend fails")));
  EXPECT_FALSE(journal().has("fake/filter attach 0"));
  EXPECT_EQ(journal().lines().back(), "fake/filter destroy");
  EXPECT_FALSE(std::filesystem::exists(ready_file_));
}

TEST_F(InstanceTest, TellsWhatCannotStartAndStopsTheRest) {
  make(configuration({}, {}, {.fails = "start"}));
  EXPECT_THAT(run(), ElementsAre("fake/frontend fails in start"));
  EXPECT_TRUE(journal().has("fake/backend stop 0"));
  EXPECT_FALSE(std::filesystem::exists(ready_file_));
}

TEST_F(InstanceTest, EndsAlsoWherePartsFailInTheirEnd) {
  make(configuration({.fails = "stop"}, {.fails = "drain"}, {.fails = "stop"})).request_stop();
  EXPECT_THAT(run(), IsEmpty());
  EXPECT_EQ(journal().lines().back(), "fake/filter destroy");
}

TEST_F(InstanceTest, StopsWhereTheReadyFileCannotBeWritten) {
  make(configuration());
  const auto failures = instance_->run({.ready_file = directory_.file("no/ready.json"), .handle_signals = false});
  EXPECT_THAT(failures, ElementsAre(HasSubstr("no/ready.json: error: cannot write the ready file")));
  EXPECT_TRUE(journal().has("fake/frontend stop 0"));
}

/// Reads what it is told to, and asks for a stop when that has been dealt with.
class ReloadTest : public InstanceTest {
 protected:
  /// Runs `first`, reloads `next` once, and stops. Null: the document cannot be read.
  void reload(config::Configuration first, std::optional<config::Configuration> next, const std::string& then) {
    make(std::move(first));
    stop_at(then);
    const DocumentSource source{[this, next](config::Problems& problems) {
                                  if (when_read) when_read();
                                  if (!next) {
                                    problems.error(config::Mark{}, "", "cannot be read");
                                    instance_->request_stop();
                                  }
                                  return next;
                                },
                                {}};
    journal().when_noted = [this, then, noted_before = journal().when_noted](const std::string& noted) {
      if (noted == "fake/frontend start 0" && !asked_) {
        asked_ = true;
        instance_->request_reload();
      }
      noted_before(noted);
    };
    EXPECT_THAT(instance_->run({.ready_file = ready_file_, .handle_signals = false, .source = source}), IsEmpty());
  }

  std::function<void()> when_read;  ///< Before the document is.
  bool asked_ = false;
};

TEST_F(ReloadTest, PutsAnotherDocumentInForceAndEndsWhatItReplaced) {
  reload(configuration(), configuration({.drains = "at once"}), "fake/filter destroy");
  EXPECT_EQ(std::ranges::count(journal().lines(), "fake/filter create"), 2);
  EXPECT_EQ(std::ranges::count(journal().lines(), "fake/backend create"), 1);
  EXPECT_EQ(std::ranges::count(journal().lines(), "fake/filter destroy"), 2);
  EXPECT_THAT(platform_.metrics().scrape(),
              HasSubstr("konduit_reloads_total{component=\"runtime\",result=\"applied\"} 1\n"));
}

TEST_F(ReloadTest, ChangesNothingWhereTheNewDocumentCannotBeRead) {
  reload(configuration(), std::nullopt, "never");
  EXPECT_EQ(std::ranges::count(journal().lines(), "fake/filter create"), 1);
  EXPECT_THAT(platform_.metrics().scrape(),
              HasSubstr("konduit_reloads_total{component=\"runtime\",result=\"refused\"} 1\n"));
}

TEST_F(ReloadTest, ChangesNothingWhereTheNewDocumentCannotStart) {
  reload(configuration(), configuration({.fails = "prepare"}), "fake/filter destroy");
  EXPECT_EQ(std::ranges::count(journal().lines(), "fake/backend create"), 1);
  EXPECT_FALSE(journal().has("fake/filter attach 1"));
  EXPECT_THAT(platform_.metrics().scrape(),
              HasSubstr("konduit_reloads_total{component=\"runtime\",result=\"refused\"} 1\n"));
}

TEST_F(ReloadTest, SaysThatADocumentIsInForceThoughTheReadyFileCannotBeWritten) {
  test_support::TempDirectory logs;
  platform_.open_log({.file = logs.file("log")});
  when_read = [this] { std::filesystem::remove_all(directory_.path()); };
  reload(configuration(), configuration({.drains = "at once"}), "fake/filter destroy");
  EXPECT_EQ(std::ranges::count(journal().lines(), "fake/filter create"), 2);
  const std::string metrics = platform_.metrics().scrape();
  EXPECT_THAT(metrics, HasSubstr("konduit_reloads_total{component=\"runtime\",result=\"applied\"} 1\n"));
  EXPECT_THAT(metrics, HasSubstr("konduit_reloads_total{component=\"runtime\",result=\"refused\"} 0\n"));
  const std::string log = logs.read("log");
  EXPECT_THAT(log, HasSubstr("another document is in force"));
  EXPECT_THAT(log, HasSubstr("cannot write the ready file"));
  EXPECT_THAT(log, Not(HasSubstr("the old one stays in force")));
}

TEST_F(InstanceTest, TellsOfATelemetryListenerThatNoTransportCarries) {
  auto wanted = configuration();
  wanted.telemetry.health = config::Node::map({});
  wanted.telemetry.health.add("listen", config::Node::map({{"url", config::Node::scalar("tcp://127.0.0.1:0"), {}}}));
  make(std::move(wanted));
  EXPECT_THAT(run(), ElementsAre(HasSubstr("no transport for tcp://127.0.0.1:0")));
}

}  // namespace
}  // namespace konduit::runtime
