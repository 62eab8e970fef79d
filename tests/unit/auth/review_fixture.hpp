#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/token_review.hpp"
#include "konduit/task_group.hpp"
#include "konduit/testkit/run.hpp"
#include "konduit/testkit/test_host.hpp"
#include "support/fake_api_server.hpp"
#include "support/temp_directory.hpp"

namespace konduit::auth::test {

using test_support::ApiReply;
using test_support::ApiRequest;

/// What an API server says of a token that it knows.
ApiReply review_reply(const std::string& username, const std::string& audience = "konnectivity");
/// And of one that it does not.
ApiReply unknown_reply(const std::string& error);

/// A JSON Web Token that says that it ends in `life`.
std::string token_ending_in(std::chrono::seconds life);

/// One who waits for a verdict.
struct Bearer {
  std::optional<Verdict> verdict;

  bool let_in() const { return verdict && verdict->has_value(); }
  std::optional<Refusal::Reason> refused_as() const;
  std::string text() const;
};

/// A `token-review` on two shards that one thread runs in turn, whose clocks stand still but in pass_time(), and an API
/// server in memory.
class ReviewTest : public ::testing::Test {
 protected:
  static constexpr const char* kAgent = "system:serviceaccount:kube-system:konnectivity-agent";

  ReviewTest();
  ~ReviewTest() override;

  /// Makes the component; `more` is YAML that follows the required keys.
  void make(const std::string& more = "");

  /// Begins to authenticate on one of the shards, as one who connects from `host`.
  Bearer& show(const std::string& token, unsigned shard = 0, const std::string& host = "192.0.2.1");
  /// The same, to its end.
  Bearer& judged(const std::string& token, unsigned shard = 0);
  bool all_judged() const;

  void pass_time(Duration duration);
  /// Lets things happen, and time pass where nothing does, until `done`.
  void pass_time_until(const std::function<bool()>& done);
  void cancel_bearers(unsigned shard);

  std::uint64_t reviews() const { return server_.requests.size(); }
  std::uint64_t spared(std::string_view by) {
    return host_.metrics().counted("konduit_token_reviews_spared_total", {{"by", by}});
  }

  Shard first_{0};
  Shard second_{1};
  std::vector<Shard*> shards_{&first_, &second_};
  testkit::TestHost host_{shards_, "token-review/agents"};
  test_support::FakeApiServer server_{first_};
  test_support::TempDirectory folder_;
  std::shared_ptr<Listener> listener_;
  std::unique_ptr<TokenReview> component_;
  std::vector<std::unique_ptr<AuthenticatorPart>> parts_;

 private:
  awaitable<void> authenticate(AuthenticatorPart* part, std::string token, std::string host, Bearer* bearer);
  void settle();
  void stop_parts();

  std::vector<std::unique_ptr<Bearer>> bearers_;
  std::vector<std::unique_ptr<TaskGroup>> groups_;  // of the bearers, by shard
};

}  // namespace konduit::auth::test
