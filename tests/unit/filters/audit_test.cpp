#include "filters/audit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "config/configuration.hpp"
#include "konduit/testkit/run.hpp"
#include "konduit/testkit/test_host.hpp"
#include "support/temp_directory.hpp"

namespace konduit::filters {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class AuditTest : public ::testing::Test {
 protected:
  std::unique_ptr<Audit> make(const std::string& file) {
    config::Problems problems;
    const auto node = config::read_text("{file: \"" + file + "\", queue: 100}", "audit.yaml", problems);
    EXPECT_TRUE(problems.ok()) << problems.text();
    return std::make_unique<Audit>(*node, host_);
  }
  std::vector<std::string> lines() const {
    std::vector<std::string> read;
    std::ifstream file(path_);
    for (std::string line; std::getline(file, line);) read.push_back(line);
    return read;
  }

  Shard shard_;
  test_support::TempDirectory folder_;
  const std::string path_ = folder_.file("audit.jsonl");
  testkit::TestHost host_{shard_, "audit/all"};
  testkit::TestAttachment attachment_{shard_};
};

TEST_F(AuditTest, HasWrittenALineForEveryEndWhenItHasStopped) {
  const auto audit = make(path_);
  testkit::await(shard_, audit->prepare());
  const auto part = audit->attach(attachment_);
  DialRequest request;
  request.target = {"api.example", 443};
  const DialError error{DialErrc::refused, false, "connection refused"};
  part->on_end({.request = &request, .end = "closed"});
  part->on_end({.request = &request, .error = &error, .end = "refused"});
  testkit::await(shard_, part->stop());
  ASSERT_EQ(lines().size(), 2U);
  EXPECT_THAT(lines()[0], HasSubstr("\"event\":\"tunnel ended\""));
  EXPECT_THAT(lines()[1], HasSubstr("\"error\":\"connection refused\""));
  testkit::await(shard_, part->stop());
}

TEST_F(AuditTest, RefusesToStartWhereItCannotWrite) {
  const auto audit = make(folder_.file("missing/audit.jsonl"));
  try {
    testkit::await(shard_, audit->prepare());
    FAIL() << "it started";
  } catch (const StartError& failure) {
    EXPECT_THAT(failure.what(), HasSubstr("missing/audit.jsonl: No such file or directory"));
  }
}

TEST_F(AuditTest, StopsAlsoWhileTheDiskIsFull) {
  const auto audit = make("/dev/full");
  testkit::await(shard_, audit->prepare());
  auto part = audit->attach(attachment_);
  DialRequest request;
  part->on_end({.request = &request, .end = "closed"});
  testkit::await(shard_, part->stop());
  part.reset();
}

TEST_F(AuditTest, WritesNothingForADocumentThatIsOnlyTried) {
  {
    const auto audit = make(path_);
    const auto part = audit->attach(attachment_);
    DialRequest request;
    part->on_end({.request = &request, .end = "closed"});
    testkit::await(shard_, part->stop());
  }
  EXPECT_THAT(lines(), IsEmpty());
  EXPECT_FALSE(std::ifstream(path_).is_open());
}

TEST_F(AuditTest, ReportsAnEmptyName) {
  make("");
  ASSERT_EQ(host_.reports().size(), 1U);
  EXPECT_THAT(host_.reports().front().what, HasSubstr("leave it out to write to standard error"));
}

}  // namespace
}  // namespace konduit::filters
