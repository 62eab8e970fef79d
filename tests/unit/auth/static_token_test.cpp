#include "auth/static_token.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "config/configuration.hpp"
#include "konduit/error.hpp"
#include "konduit/testkit/run.hpp"
#include "konduit/testkit/test_host.hpp"
#include "support/descriptor_limit.hpp"
#include "support/temp_directory.hpp"

namespace konduit::auth {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class StaticTokenTest : public ::testing::Test {
 protected:
  void make(const std::string& tokens) {
    config::Problems problems;
    const auto node = config::read_text("tokens: " + tokens, "static.yaml", problems);
    ASSERT_TRUE(problems.ok()) << problems.text();
    component_ = std::make_unique<StaticToken>(*node, host_);
  }
  void start(const std::string& tokens) {
    make(tokens);
    testkit::await(shard_, component_->prepare());
    testkit::TestAttachment attachment(shard_);
    part_ = component_->attach(attachment);
  }
  std::string start_error(const std::string& tokens) {
    try {
      start(tokens);
    } catch (const StartError& error) {
      return error.what();
    }
    return "started";
  }
  std::string shown(const std::string& token) {
    Credentials credentials;
    credentials.token = token;
    const auto answer = testkit::await(shard_, part_->authenticate(credentials));
    return answer ? answer->name : answer.error().text;
  }
  std::string one(const std::string& name, const std::string& text) {
    return "{name: " + name + ", file: " + folder_.write(name, text) + "}";
  }

  Shard shard_;
  testkit::TestHost host_{shard_, "static-token/edge"};
  test_support::TempDirectory folder_;
  std::unique_ptr<StaticToken> component_;
  std::unique_ptr<AuthenticatorPart> part_;
};

TEST_F(StaticTokenTest, KnowsWhoseATokenIs) {
  start("[" + one("edge", " first \n") + ", " + one("core", "second") + "]");
  EXPECT_EQ(shown("first"), "edge");
  EXPECT_EQ(shown("second"), "core");
  for (const char* other : {"firs", "first ", "firstx", "FIRST", "edge", "second\n"}) {
    EXPECT_EQ(shown(other), "the token is not known") << other;
  }
  EXPECT_EQ(shown(""), "a bearer token is required");
}

TEST_F(StaticTokenTest, RefusesAsUnauthenticated) {
  start("[" + one("edge", "first") + "]");
  Credentials credentials;
  credentials.token = "other";
  const auto answer = testkit::await(shard_, part_->authenticate(credentials));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason, Refusal::Reason::unauthenticated);
}

TEST_F(StaticTokenTest, FollowsItsFiles) {
  start("[" + one("edge", "old") + "]");
  folder_.write("edge", "renewed");
  host_.look_at_files();
  EXPECT_EQ(shown("renewed"), "edge");
  EXPECT_EQ(shown("old"), "the token is not known");
}

TEST_F(StaticTokenTest, KeepsTheOldTokenWhileTheFileIsBroken) {
  start("[" + one("edge", "old") + "]");
  folder_.write("edge", "");
  host_.look_at_files();
  EXPECT_EQ(shown("old"), "edge");
  EXPECT_EQ(shown(""), "a bearer token is required");
  EXPECT_THAT(host_.log().text(), HasSubstr("is empty"));
}

TEST_F(StaticTokenTest, FollowsAFileThatChangedWhileThereWasNoDescriptor) {
  start("[" + one("edge", "old") + "]");
  folder_.write("edge", "renewed");
  {
    const test_support::DescriptorLimit none(0);
    host_.look_at_files();
  }
  EXPECT_EQ(shown("old"), "edge");
  host_.look_at_files();
  EXPECT_EQ(shown("renewed"), "edge");
  EXPECT_EQ(shown("old"), "the token is not known");
}

TEST_F(StaticTokenTest, WillNotStartWithABrokenFile) {
  EXPECT_THAT(start_error("[{name: a, file: /nowhere}]"), HasSubstr("cannot read token file /nowhere"));
  EXPECT_THAT(start_error("[" + one("empty", " \n") + "]"), HasSubstr("is empty"));
  const auto error = start_error("[" + one("a", "same") + ", " + one("b", "same") + "]");
  EXPECT_THAT(error, HasSubstr("of b holds the token of a"));
  EXPECT_THAT(error, Not(HasSubstr("same")));
}

TEST_F(StaticTokenTest, ReportsAListThatLetsNobodyIn) {
  make("[]");
  ASSERT_EQ(host_.reports().size(), 1U);
  EXPECT_EQ(host_.reports()[0].path, "tokens");
}

}  // namespace
}  // namespace konduit::auth
