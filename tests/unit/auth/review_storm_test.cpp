#include "review_fixture.hpp"

#include <algorithm>

namespace konduit::auth::test {
namespace {

constexpr unsigned kAgents = 1000;

/// A token that nobody else has.
std::string own_token(unsigned agent) { return "token of agent " + std::to_string(agent); }

class ReviewStormTest : public ReviewTest {
 protected:
  /// As an API server that takes its time.
  void slow_down(Duration delay) {
    server_.script = [delay](const ApiRequest&) {
      auto reply = review_reply(kAgent);
      reply.delay = delay;
      return reply;
    };
  }

  /// Of one who makes up a thousand tokens a second, for so long.
  void flood(Duration time) {
    constexpr Duration kStep = std::chrono::milliseconds(10);
    for (Duration passed{}; passed < time; passed += kStep) {
      for (int i = 0; i != 10; ++i) show("made up " + std::to_string(++made_up_), i % 2, "198.51.100.1");
      pass_time(kStep);
    }
  }
  /// An API server that knows the others' tokens.
  void know_agents_alone() {
    server_.script = [](const ApiRequest& request) {
      const bool made_up = request.body.find("made up") != std::string::npos;
      return made_up ? unknown_reply("invalid bearer token") : review_reply(kAgent);
    };
  }

  /// Requests in any one second, at the most.
  std::size_t most_in_a_second() const {
    const auto& made = server_.requests;
    std::size_t most = 0;
    for (std::size_t begin = 0, end = 0; end != made.size(); ++end) {
      while (made[end].time - made[begin].time >= std::chrono::seconds(1)) ++begin;
      most = std::max(most, end - begin + 1);
    }
    return most;
  }

 private:
  unsigned made_up_ = 0;
};

TEST_F(ReviewStormTest, OneTokenOfAThousandAgentsIsReviewedOnce) {
  make();
  slow_down(std::chrono::milliseconds(50));
  std::vector<Bearer*> agents;
  for (unsigned i = 0; i != kAgents; ++i) agents.push_back(&show("shared", i % 2));
  pass_time_until([this] { return all_judged(); });
  EXPECT_TRUE(std::ranges::all_of(agents, &Bearer::let_in));
  EXPECT_EQ(reviews(), 1U);

  // They all come again, as after the restart of a balancer.
  for (unsigned i = 0; i != kAgents; ++i) agents.push_back(&show("shared", i % 2));
  pass_time_until([this] { return all_judged(); });
  EXPECT_TRUE(std::ranges::all_of(agents, &Bearer::let_in));
  EXPECT_EQ(reviews(), 1U);
  EXPECT_EQ(spared("review") + spared("cache"), 2 * kAgents - 1);
}

TEST_F(ReviewStormTest, AThousandTokensAreReviewedAtTheRateAndAllLetIn) {
  make("{qps: \"150\", burst: 20}");
  slow_down(std::chrono::milliseconds(20));
  std::vector<Bearer*> agents;
  for (unsigned i = 0; i != kAgents; ++i) agents.push_back(&show(own_token(i), i % 2));
  pass_time_until([this] { return all_judged(); });
  EXPECT_EQ(std::ranges::count_if(agents, &Bearer::let_in), kAgents);
  EXPECT_EQ(reviews(), kAgents);
  EXPECT_LE(most_in_a_second(), 150U + 20U);
  EXPECT_LE(server_.connections, 32U);
}

TEST_F(ReviewStormTest, WhoCannotBeReviewedInTimeComesAgainAndIsLetIn) {
  make("{qps: \"50\", burst: 10}");
  std::vector<std::string> waiting;
  for (unsigned i = 0; i != kAgents; ++i) waiting.push_back(own_token(i));
  unsigned rounds = 0;
  for (; !waiting.empty() && rounds != 10; ++rounds) {
    std::vector<std::pair<std::string, Bearer*>> shown;
    for (const auto& token : waiting) shown.emplace_back(token, &show(token, shown.size() % 2));
    pass_time_until([this] { return all_judged(); });
    waiting.clear();
    for (const auto& [token, bearer] : shown) {
      if (bearer->let_in()) continue;
      EXPECT_EQ(bearer->refused_as(), Refusal::Reason::unavailable) << bearer->text();
      waiting.push_back(token);
    }
    // As agents do.
    pass_time(std::chrono::seconds(1));
  }
  EXPECT_TRUE(waiting.empty()) << waiting.size() << " agents were never let in";
  EXPECT_LE(most_in_a_second(), 50U + 10U);
  // With the pauses no more than twice what the rate alone would take.
  EXPECT_LE(rounds, 4U);
}

TEST_F(ReviewStormTest, WhoMakesUpTokensWithoutEndKeepsNobodyElseWaiting) {
  make("{qps: \"50\", burst: 10}");
  know_agents_alone();
  flood(std::chrono::seconds(10));
  const Bearer& agent = show(own_token(1), 1, "192.0.2.7");
  flood(std::chrono::seconds(1));
  EXPECT_TRUE(agent.let_in()) << agent.text();
  EXPECT_LE(most_in_a_second(), 50U + 10U);
}

TEST_F(ReviewStormTest, OneClientMayAskABoundedNumberOfQuestions) {
  make();
  server_.script = [](const ApiRequest&) { return ApiReply{.way = ApiReply::Way::silence}; };
  std::vector<const Bearer*> greedy;
  for (unsigned i = 0; i != 3000; ++i) greedy.push_back(&show("shared", 0, "198.51.100.1"));
  const Bearer& other = show("shared", 0, "192.0.2.7");
  pass_time(std::chrono::milliseconds(10));
  const auto told = [](const Bearer* bearer) { return bearer->verdict.has_value(); };
  EXPECT_EQ(std::ranges::count_if(greedy, told), 3000 - 2048);
  EXPECT_EQ(greedy.back()->refused_as(), Refusal::Reason::unavailable);
  EXPECT_FALSE(told(&other));
  pass_time_until([this] { return all_judged(); });
  // Whose questions have been answered asks again.
  const Bearer& again = show("shared", 0, "198.51.100.1");
  pass_time(std::chrono::milliseconds(10));
  EXPECT_FALSE(told(&again));
}

TEST_F(ReviewStormTest, StrangersDoNotWaitBehindAnApiServerThatHangs) {
  make();
  server_.script = [](const ApiRequest&) { return ApiReply{.way = ApiReply::Way::silence}; };
  const TimePoint before = first_.now();
  for (unsigned i = 0; i != kAgents; ++i) show(own_token(i), i % 2);
  pass_time_until([this] { return all_judged(); });
  EXPECT_LE(first_.now() - before, std::chrono::milliseconds(8200));
  EXPECT_LE(server_.connections, 32U);
}

}  // namespace
}  // namespace konduit::auth::test
