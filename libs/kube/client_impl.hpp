#pragma once

#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "konduit/connection.hpp"
#include "konduit/deadline.hpp"
#include "konduit/shard.hpp"
#include "kube/access_source.hpp"
#include "kube/client.hpp"
#include "kube/http_connection.hpp"
#include "kube/lines.hpp"
#include "kube/pace.hpp"

namespace konduit::kube {

/// What came of one attempt.
struct Attempt {
  Answer<std::string> answer;
  bool may_succeed_later = false;
  Duration retry_after{};
};

Error cancelled(const Call& call);

/// One attempt at a call: connections, requests as bytes, answers as errors, and the account.
struct Client::Impl final : private Deadline::Owner {
  using ConnectionPtr = std::unique_ptr<HttpConnection>;

  Impl(Shard& its_shard, Host& its_host, const ClientSettings& settings);

  awaitable<Attempt> attempt(const Call& call, TimePoint deadline);
  /// A new connection.
  awaitable<Answer<ConnectionPtr>> open(const Call& call, TimePoint deadline);
  std::string request_text(const Call& call) const;
  /// The errors of a connection that broke, and of an answer that says no.
  Error broken(const Call& call, error_code reason) const;
  Error refused(const Call& call, const ResponseHead& head, const std::string& body) const;

  Shard& shard;
  Host& host;
  AccessSource source;
  std::mt19937 random{std::random_device()()};

 private:
  struct Exchange {
    Result<std::string> body;
    ResponseHead head;
    bool unanswered = false;
  };
  static constexpr std::size_t kKept = 8;  // more would idle after a burst
  static constexpr Duration kKeep = std::chrono::seconds(30);

  awaitable<Attempt> attempt_once(const Call& call, TimePoint deadline);
  awaitable<Exchange> exchange(HttpConnection& connection, const Call& call, TimePoint deadline);
  Attempt judged(const Call& call, Exchange exchange) const;
  void refresh();
  void keep(ConnectionPtr connection);
  void on_deadline(Deadline& which) override;
  void count(const Call& call, const Attempt& attempt, Duration took);
  std::string where(const Call& call) const;

  std::shared_ptr<Connector> connector_;
  RateLimit limit_;
  std::vector<ConnectionPtr> idle_;
  Deadline idle_end_;

  struct Account {
    Counter& calls;
    Histogram& seconds;
  };
  std::map<std::string, Account, std::less<>> accounts_;
};

}  // namespace konduit::kube
