#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "auth/mailbox.hpp"
#include "auth/review_queue.hpp"
#include "auth/review_rules.hpp"
#include "auth/verdict_cache.hpp"
#include "konduit/component.hpp"
#include "konduit/task_group.hpp"
#include "kube/client.hpp"

namespace konduit::auth {

struct DeskSettings {
  ReviewRules rules;
  kube::ClientSettings client;
  Duration timeout;      ///< From a question to the answer that nobody could be asked.
  Duration let_in_for;   ///< How long an admission is believed, and never past the token's end.
  Duration refused_for;  ///< How long a refusal is.
  std::size_t cached;    ///< Verdicts at the most.
};

/// Where all shards have their tokens reviewed: one review at a time for each token, whoever asks; verdicts are kept.
/// Clients take turns, so that made-up tokens from one place do not keep those from another waiting.
/// While the API server cannot be asked, what is known goes on to count, and everybody else is told to come again.
///
/// Thread: the control shard's.
class ReviewDesk {
 public:
  /// In prepare() of `host`'s component. Throws StartError.
  ReviewDesk(Host& host, DeskSettings settings);

  /// The verdict on `token` is sent to `asker`. `line`: line_of() who shows it.
  void ask(std::string token, std::string line, Mailbox::Address asker);
  /// Answers everybody and takes no more questions. Idempotent.
  awaitable<void> stop();

 private:
  struct Asker {
    Mailbox::Address address;
    std::string line;
  };
  /// A token that is being reviewed, or waits for it.
  struct Review {
    std::string token;
    TimePoint deadline;
    std::vector<Asker> askers;
  };
  using Reviews = std::unordered_map<TokenDigest, Review, TokenDigestHash>;

  bool has_room(const TokenDigest& token, const std::string& line) const;
  awaitable<void> work();
  awaitable<void> review(TokenDigest digest);
  void settle(const TokenDigest& digest, const Verdict& verdict);
  Duration life_of(const Verdict& verdict, std::string_view token) const;
  void note(const kube::Error* failure);

  Shard& shard_;
  Logger& log_;
  const DeskSettings settings_;
  kube::Client client_;
  VerdictCache cache_;
  Reviews reviews_;
  ReviewQueue queue_;  // of those, the ones that wait
  std::size_t working_ = 0;
  std::size_t waiting_askers_ = 0;
  std::unordered_map<std::string, std::size_t> waiting_of_;  // by line; none is 0
  bool failing_ = false;
  bool stopped_ = false;
  TaskGroup tasks_;
  Counter& let_in_;
  Counter& refused_;
  Counter& unavailable_;
  Counter& from_cache_;
  Counter& joined_;
};

}  // namespace konduit::auth
