#include "config/suggestion.hpp"

#include <gtest/gtest.h>

namespace konduit::config {
namespace {

constexpr std::string_view kWords[] = {"listen", "authenticator", "server_id", "tls", "via"};

TEST(Nearest, FindsOneMistakeInAShortWord) {
  EXPECT_EQ(nearest("tsl", kWords), "tls");
  EXPECT_EQ(nearest("lisen", kWords), "listen");
  EXPECT_EQ(nearest("listens", kWords), "listen");
}

TEST(Nearest, ForgivesCaseAndUnderscores) {
  EXPECT_EQ(nearest("TLS", kWords), "tls");
  EXPECT_EQ(nearest("Server-ID", kWords), "server_id");
}

TEST(Nearest, AllowsMoreMistakesInALongWord) { EXPECT_EQ(nearest("autenticater", kWords), "authenticator"); }

TEST(Nearest, DoesNotGuessWildly) {
  EXPECT_EQ(nearest("url", kWords), "");
  EXPECT_EQ(nearest("x", kWords), "");
  EXPECT_EQ(nearest("", kWords), "");
  EXPECT_EQ(nearest("mode", kWords), "");
  EXPECT_EQ(nearest(std::string(100'000, 'a'), kWords), "");
}

TEST(Nearest, TakesTheNearestOfSeveral) {
  constexpr std::string_view kNames[] = {"agents/a", "agents/main", "agents/mains"};
  EXPECT_EQ(nearest("agents/maim", kNames), "agents/main");
}

TEST(Suggestion, NamesTheNearestOrListsAll) {
  EXPECT_EQ(suggestion("lisen", kWords), "; did you mean \"listen\"?");
  EXPECT_EQ(suggestion("zzz", kWords), "; known are: listen, authenticator, server_id, tls, via");
  EXPECT_EQ(suggestion("zzz", kWords, "it has"), "; it has: listen, authenticator, server_id, tls, via");
  EXPECT_EQ(suggestion("zzz", {}), "");
}

}  // namespace
}  // namespace konduit::config
