#include "auth/review_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace konduit::auth {
namespace {

using ::testing::Pair;
using ::testing::UnorderedElementsAre;

const ReviewRules kRules{.audiences = {"a", "b"}, .username = "system:serviceaccount:ns:name"};

kube::TokenReview good() { return {.authenticated = true, .username = kRules.username, .audiences = {"b", "c"}}; }

TEST(ReviewRules, LetIn) { EXPECT_TRUE(judge(good(), kRules)); }

TEST(ReviewRules, WantEveryConditionByItself) {
  auto review = good();
  review.authenticated = false;
  EXPECT_EQ(judge(review, kRules).error().reason, Refusal::Reason::unauthenticated);
  review = good();
  review.error = "half known";
  EXPECT_EQ(judge(review, kRules).error().text, "the API server refuses the token: half known");
  review = good();
  review.audiences = {"c"};
  EXPECT_EQ(judge(review, kRules).error().text, "the token is not for the audience a, b");
  review = good();
  review.username += "x";
  EXPECT_EQ(judge(review, kRules).error().reason, Refusal::Reason::forbidden);
}

TEST(ReviewRules, PassOnWhatIsKnownOfTheBearer) {
  auto review = good();
  review.uid = "u";
  review.groups = {"g", "h"};
  review.extra = {{"authentication.kubernetes.io/node-name", "worker-3"}, {"plain", "p"}};
  const auto verdict = judge(review, kRules);
  ASSERT_TRUE(verdict && verdict->claims);
  EXPECT_THAT(*verdict->claims, UnorderedElementsAre(Pair("uid", "u"), Pair("group", "g"), Pair("group", "h"),
                                                     Pair("node-name", "worker-3"), Pair("plain", "p")));
}

}  // namespace
}  // namespace konduit::auth
