#include "review_fixture.hpp"

#include "config/configuration.hpp"
#include "konduit/error.hpp"

namespace konduit::auth::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Reason = Refusal::Reason;

TEST_F(ReviewTest, LetsTheServiceAccountInWithWhatIsKnownOfIt) {
  make();
  const Bearer& agent = judged("agent-token");
  ASSERT_TRUE(agent.let_in()) << agent.text();
  EXPECT_EQ((*agent.verdict)->name, kAgent);
  ASSERT_TRUE((*agent.verdict)->claims);
  EXPECT_EQ((*agent.verdict)->claims->find("group")->second, "system:serviceaccounts");
  ASSERT_EQ(reviews(), 1U);
  EXPECT_THAT(server_.requests[0].body, HasSubstr(R"("spec":{"token":"agent-token","audiences":["konnectivity"]})"));
  EXPECT_EQ(server_.requests[0].authorization, "Bearer server-token");
}

TEST_F(ReviewTest, AsksNobodyAboutWhoShowsNoToken) {
  make();
  const Bearer& nobody = judged("");
  EXPECT_EQ(nobody.refused_as(), Reason::unauthenticated);
  EXPECT_EQ(nobody.text(), "a bearer token is required");
  EXPECT_EQ(judged(std::string(8193, 'x')).refused_as(), Reason::unauthenticated);
  EXPECT_EQ(reviews(), 0U);
}

TEST_F(ReviewTest, RefusesAnotherServiceAccount) {
  make();
  for (const char* other :
       {"system:serviceaccount:kube-system:konnectivity-agent2", "system:serviceaccount:kube-system:konnectivity-agen",
        "konnectivity-agent", "system:serviceaccount:default:konnectivity-agent", "system:admin", ""}) {
    server_.script = [other](const ApiRequest&) { return review_reply(other); };
    const Bearer& bearer = judged(std::string("token of ") + other);
    EXPECT_EQ(bearer.refused_as(), Reason::forbidden) << other;
    EXPECT_THAT(bearer.text(), HasSubstr("the token is of " + std::string(other) + ", not of " + kAgent));
  }
}

TEST_F(ReviewTest, RefusesATokenForAnotherAudienceWhateverTheServerSays) {
  make();
  server_.script = [](const ApiRequest&) { return review_reply(kAgent, "something-else"); };
  EXPECT_EQ(judged("a").text(), "the token is not for the audience konnectivity");
  server_.script = [](const ApiRequest&) {
    return ApiReply{.body = R"({"kind":"TokenReview","status":{"authenticated":true,"user":{"username":")" +
                            std::string(kAgent) + R"("}}})"};
  };
  EXPECT_EQ(judged("b").refused_as(), Reason::unauthenticated);
}

TEST_F(ReviewTest, RefusesWhatTheApiServerDoesNotKnow) {
  make();
  server_.script = [](const ApiRequest&) { return unknown_reply("[invalid bearer token, token has expired]"); };
  const Bearer& bearer = judged("stale");
  EXPECT_EQ(bearer.refused_as(), Reason::unauthenticated);
  EXPECT_EQ(bearer.text(), "the API server refuses the token: [invalid bearer token, token has expired]");
}

TEST_F(ReviewTest, BelievesAnAdmissionForAWhile) {
  make();
  for (int i = 0; i != 10; ++i) EXPECT_TRUE(judged("token", i % 2).let_in());
  EXPECT_EQ(reviews(), 1U);
  EXPECT_EQ(spared("cache"), 9U);
  pass_time(std::chrono::seconds(61));
  // The service account was deleted meanwhile.
  server_.script = [](const ApiRequest&) { return unknown_reply("service account has been deleted"); };
  EXPECT_EQ(judged("token").refused_as(), Reason::unauthenticated);
  EXPECT_EQ(reviews(), 2U);
}

TEST_F(ReviewTest, BelievesNoAdmissionPastTheTokensEnd) {
  make();
  const std::string token = token_ending_in(std::chrono::seconds(20));
  EXPECT_TRUE(judged(token).let_in());
  pass_time(std::chrono::seconds(15));
  EXPECT_TRUE(judged(token).let_in());
  EXPECT_EQ(reviews(), 1U);
  pass_time(std::chrono::seconds(6));
  server_.script = [](const ApiRequest&) { return unknown_reply("token has expired"); };
  EXPECT_EQ(judged(token).refused_as(), Reason::unauthenticated);
}

TEST_F(ReviewTest, KeepsNothingOfATokenThatSaysItHasEnded) {
  make();
  const std::string token = token_ending_in(std::chrono::seconds(-5));
  EXPECT_TRUE(judged(token).let_in()) << "the API server decides; its clock may be another";
  judged(token);
  EXPECT_EQ(reviews(), 2U);
}

TEST_F(ReviewTest, BelievesARefusalForAShorterWhile) {
  make();
  server_.script = [](const ApiRequest&) { return unknown_reply("not yet"); };
  for (int i = 0; i != 5; ++i) EXPECT_EQ(judged("early").refused_as(), Reason::unauthenticated);
  EXPECT_EQ(reviews(), 1U);
  pass_time(std::chrono::seconds(11));
  server_.script = [](const ApiRequest&) { return review_reply(kAgent); };
  EXPECT_TRUE(judged("early").let_in());
}

TEST_F(ReviewTest, ForgetsTheOldestWhereThereAreTooMany) {
  make("cache_size: 2");
  for (const char* token : {"a", "b", "c"}) judged(token);
  judged("c");
  judged("b");
  EXPECT_EQ(reviews(), 3U);
  judged("a");
  EXPECT_EQ(reviews(), 4U);
}

TEST_F(ReviewTest, TellsAgentsToComeAgainWhileTheApiServerCannotBeAsked) {
  make();
  EXPECT_TRUE(judged("known").let_in());
  listener_->stop(first_);
  pass_time(std::chrono::seconds(31));  // and what was kept open is closed
  EXPECT_TRUE(judged("known", 1).let_in()) << "what is known goes on to count";
  const Bearer& stranger = judged("stranger");
  EXPECT_EQ(stranger.refused_as(), Reason::unavailable);
  EXPECT_THAT(stranger.text(), HasSubstr("the token cannot be checked now: POST https://localhost:6443/apis/"));
  pass_time(std::chrono::seconds(30));
  EXPECT_EQ(judged("known").refused_as(), Reason::unavailable) << "but not for ever";
  listener_->start(first_, server_);
  EXPECT_TRUE(judged("stranger").let_in());
  EXPECT_TRUE(judged("known").let_in());
  EXPECT_TRUE(host_.log().has("the API server does not review tokens"));
  EXPECT_TRUE(host_.log().has("the API server reviews tokens again"));
}

TEST_F(ReviewTest, CallsNoFailureOfTheApiServerARefusal) {
  make();
  std::vector<ApiReply> failures = {{.status = 500, .body = "broken"},
                                    {.status = 429, .headers = {{"Retry-After", "60"}}},
                                    {.status = 403, .body = R"({"kind":"Status","message":"forbidden"})"},
                                    {.status = 401},
                                    {.body = "{}"},
                                    {.body = "<html>"},
                                    {.body = "garbage", .way = ApiReply::Way::raw},
                                    {.way = ApiReply::Way::hang_up},
                                    {.way = ApiReply::Way::silence},
                                    {.delay = std::chrono::seconds(60)}};
  for (std::size_t i = 0; i != failures.size(); ++i) {
    server_.script = [&](const ApiRequest&) { return failures[i]; };
    const TimePoint before = first_.now();
    EXPECT_EQ(judged("token", i % 2).refused_as(), Reason::unavailable) << i;
    EXPECT_LE(first_.now() - before, std::chrono::milliseconds(8100)) << i;
  }
  server_.script = [](const ApiRequest&) { return review_reply(kAgent); };
  EXPECT_TRUE(judged("token").let_in()) << "a failure was remembered";
}

TEST_F(ReviewTest, GetsOverAFailureThatPasses) {
  make();
  int left = 3;
  server_.script = [&](const ApiRequest&) { return left-- > 0 ? ApiReply{.status = 503} : review_reply(kAgent); };
  EXPECT_TRUE(judged("token").let_in());
}

TEST_F(ReviewTest, GoesOnWithAReviewWhoseAskerHasLeft) {
  make();
  server_.script = [](const ApiRequest&) {
    auto reply = review_reply(kAgent);
    reply.delay = std::chrono::seconds(2);
    return reply;
  };
  const Bearer& leaves = show("token", 1);
  pass_time_until([this] { return reviews() == 1; });
  cancel_bearers(1);
  EXPECT_EQ(leaves.refused_as(), Reason::unavailable);
  const Bearer& comes = judged("token", 0);
  EXPECT_TRUE(comes.let_in());
  EXPECT_EQ(reviews(), 1U);
  EXPECT_EQ(spared("review"), 1U);
}

TEST_F(ReviewTest, EndsWhereverItIsInterrupted) {
  server_.script = [](const ApiRequest&) {
    auto reply = review_reply(kAgent);
    reply.delay = std::chrono::milliseconds(30);
    return reply;
  };
  for (int steps = 0; steps != 40; ++steps) {
    make();
    const Bearer& bearer = show("token " + std::to_string(steps), steps % 2);
    for (int step = 0; step != steps; ++step) {
      first_.run_turn(Duration::zero(), 2);
      second_.run_turn(Duration::zero(), 2);
      if (step % 4 == 3) pass_time(std::chrono::milliseconds(1));
    }
    for (std::size_t index = 0; index != parts_.size(); ++index) testkit::await(*shards_[index], parts_[index]->stop());
    pass_time_until([&] { return bearer.verdict.has_value(); });
    parts_.clear();
  }
}

TEST_F(ReviewTest, TellsAgentsToComeAgainWhileItStops) {
  make();
  server_.script = [](const ApiRequest&) { return ApiReply{.way = ApiReply::Way::silence}; };
  const Bearer& waiting = show("a", 1);
  pass_time_until([this] { return reviews() == 1; });
  testkit::await(first_, parts_[0]->stop());
  pass_time(std::chrono::milliseconds(1));
  EXPECT_EQ(waiting.refused_as(), Reason::unavailable);
  EXPECT_EQ(judged("b", 1).text(), "the server is shutting down");
}

TEST_F(ReviewTest, NeverTellsATokenToAnybody) {
  make();
  server_.script = [](const ApiRequest&) { return unknown_reply("no such token: very-secret, really very-secret"); };
  const Bearer& refused = judged("very-secret");
  EXPECT_THAT(refused.text(), Not(HasSubstr("very-secret")));
  EXPECT_THAT(refused.text(), HasSubstr("no such token"));
  server_.script = [](const ApiRequest&) { return ApiReply{.status = 400, .body = "what is very-secret-2?"}; };
  EXPECT_THAT(judged("very-secret-2").text(), Not(HasSubstr("very-secret")));
  EXPECT_THAT(host_.log().text(), Not(HasSubstr("very-secret")));
  EXPECT_THAT(host_.log().text(), Not(HasSubstr("server-token")));
}

TEST_F(ReviewTest, LeavesOutATokenThatIsAPartOfWhatStandsInItsPlace) {
  make();
  server_.script = [](const ApiRequest&) { return unknown_reply("what is … and …?"); };
  EXPECT_EQ(judged("…").text(), "the API server refuses the token: what is … and …?");
  EXPECT_THAT(judged("\xE2").text(), HasSubstr("what is "));
}

TEST_F(ReviewTest, CountsWhatCameOfReviews) {
  make();
  judged("a");
  server_.script = [](const ApiRequest&) { return unknown_reply("x"); };
  judged("b");
  server_.script = [](const ApiRequest&) { return ApiReply{.status = 400}; };
  judged("c");
  for (const char* result : {"let_in", "refused", "unavailable"}) {
    EXPECT_EQ(host_.metrics().counted("konduit_token_reviews_total", {{"result", result}}), 1U) << result;
  }
}

TEST_F(ReviewTest, WillNotStartWithoutAKubeconfig) {
  make();
  config::Problems problems;
  const auto node = config::read_text(
      "{namespace: a, service_account: b, audience: c, kubeconfig: /nowhere, timeout: 1s, cache: 1s, cache_refused: 1s,"
      " cache_size: 1, qps: \"1\", burst: 1}",
      "x.yaml", problems);
  TokenReview review(*node, host_);
  EXPECT_THROW(testkit::await(first_, review.prepare()), StartError);
}

TEST_F(ReviewTest, ReportsARateAndAnAudienceThatAreNone) {
  make();
  config::Problems problems;
  const auto node = config::read_text(
      "{namespace: a, service_account: b, timeout: 1s, cache: 1s, cache_refused: 1s, cache_size: 1, qps: fast,"
      " burst: 1}",
      "x.yaml", problems);
  testkit::TestHost host(first_, "token-review/wrong");
  const TokenReview review(*node, host);
  ASSERT_EQ(host.reports().size(), 2U);
  EXPECT_EQ(host.reports()[0].path, "audience");
  EXPECT_EQ(host.reports()[1].path, "qps");
}

}  // namespace
}  // namespace konduit::auth::test
