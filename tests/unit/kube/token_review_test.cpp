#include "kube/token_review.hpp"

#include "fixture.hpp"

namespace konduit::kube_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

TEST_F(ClientTest, AsksWhoseATokenIs) {
  server_.script = [](const ApiRequest&) {
    return ApiReply{.status = 201,
                    .body = R"({"kind":"TokenReview","status":{"authenticated":true,"audiences":["k"],"user":{
                        "username":"system:serviceaccount:ns:name","uid":"u1","groups":["g1","g2"],
                        "extra":{"authentication.kubernetes.io/pod-name":["p"]}}}})"};
  };
  auto& client = connect();
  const auto review = run(kube::review_token(client, "agent-token", {"k"}, shard_.now() + std::chrono::seconds(5)));
  ASSERT_TRUE(review) << review.error().text;
  EXPECT_TRUE(review->authenticated);
  EXPECT_EQ(review->username, "system:serviceaccount:ns:name");
  EXPECT_EQ(review->uid, "u1");
  EXPECT_THAT(review->groups, ElementsAre("g1", "g2"));
  EXPECT_THAT(review->audiences, ElementsAre("k"));
  EXPECT_THAT(review->extra, ElementsAre(Pair("authentication.kubernetes.io/pod-name", "p")));
  const auto& made = server_.requests.at(0);
  EXPECT_EQ(made.method + " " + made.target, "POST /apis/authentication.k8s.io/v1/tokenreviews");
  EXPECT_THAT(made.body, HasSubstr(R"("spec":{"token":"agent-token","audiences":["k"]})"));
}

TEST_F(ClientTest, TakesNoOtherAnswerForAReview) {
  server_.script = [](const ApiRequest&) { return ApiReply{.body = R"({"authenticated":true})"}; };
  auto& client = connect();
  const auto review = run(kube::review_token(client, "agent-token", {}, shard_.now() + std::chrono::seconds(5)));
  ASSERT_FALSE(review);
  EXPECT_EQ(review.error().kind, kube::Error::Kind::malformed);
}

TEST(TokenReviewTest, IsNoAuthenticationUnlessItSaysSo) {
  for (const char* status : {R"({})", R"({"authenticated":"true"})", R"({"authenticated":1})", R"([])",
                             R"({"authenticated":false,"error":"token expired"})"}) {
    const auto review = kube::parse_token_review(R"({"kind":"TokenReview","status":)" + std::string(status) + "}");
    ASSERT_TRUE(review) << status;
    EXPECT_FALSE(review->authenticated) << status;
  }
}

}  // namespace
}  // namespace konduit::kube_test
