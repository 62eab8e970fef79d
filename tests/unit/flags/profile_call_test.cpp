#include "flags/profile_call.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "flags/profile.hpp"

namespace konduit::flags {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(AProfileIsCalled, ByTheProgramsName) {
  const std::vector<std::string> server{"/usr/bin/proxy-server", "--mode=grpc"};
  EXPECT_EQ(profile_call(server).profile, "server");
  EXPECT_THAT(profile_call(server).arguments, ElementsAre("--mode=grpc"));
  const std::vector<std::string> agent{"proxy-agent"};
  EXPECT_EQ(profile_call(agent).profile, "agent");
  EXPECT_THAT(profile_call(agent).arguments, IsEmpty());
}

TEST(AProfileIsCalled, ByTheFirstArgument) {
  const std::vector<std::string> words{"konduit", "agent", "--agent-id=x", "server"};
  EXPECT_EQ(profile_call(words).profile, "agent");
  EXPECT_THAT(profile_call(words).arguments, ElementsAre("--agent-id=x", "server"));
}

TEST(AProfileIsCalled, ByNothingElse) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"konduit"}, {"konduit", "run", "server"}, {"konduit", "--server"}}) {
    EXPECT_EQ(profile_call(words).profile, "");
  }
}

TEST(AProfileIsCalled, ByItsNameTwiceWithAWarning) {
  const std::vector<std::string> words{"proxy-server", "server"};
  config::Problems problems;
  server_profile(profile_call(words).arguments, problems);
  EXPECT_THAT(problems.text(), ::testing::StartsWith("command line: warning: the argument \"server\" is ignored"));
}

}  // namespace
}  // namespace konduit::flags
