#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "konduit/component.hpp"
#include "kube/access.hpp"
#include "kube/error.hpp"

namespace konduit::kube {

struct ClientSettings {
  AccessPlace place = {};
  double calls_per_second = 0;  ///< Attempts, repeated ones included; 0: no limit.
  double burst = 1;             ///< Attempts at once after a pause.
  config::Node via = {};        ///< A reference to a backend through which the API server is reached; null for none.
};

/// A request to the API server.
struct Call {
  std::string verb;        ///< Kubernetes' word, for metrics: "list".
  std::string resource;    ///< "leases", for metrics.
  std::string method;      ///< "GET"
  std::string target;      ///< Path and query: "/apis/coordination.k8s.io/v1/…".
  std::string body = {};   ///< JSON; empty for none.
  bool repeatable = true;  ///< Repeating it does no harm, also where the first attempt may have had its effect.
};

/// Who gets the lines of a stream.
class LineSink {
 public:
  /// The answer is a success: lines follow, now or later.
  virtual void on_begin() {}
  /// One line without its end. False ends the stream.
  virtual bool on_line(std::string_view line) = 0;

 protected:
  ~LineSink() = default;
};

/// A client of the Kubernetes API: HTTP/1.1 in JSON over connections that are kept for a while. Credentials and
/// authorities are read again when their files change, at the latest each minute; a broken file leaves the old ones in
/// force.
///
/// Thread: its shard's. Any number of calls at once. REQUIRES: none is under way at destruction.
class Client {
 public:
  /// Longest line of a stream, and longest body of any other answer.
  static constexpr std::size_t kLongestLine = 1024 * 1024;
  static constexpr std::size_t kLongestBody = 16 * 1024 * 1024;

  /// In prepare() of `host`'s component, which must outlive the client. Throws StartError for a configuration that
  /// cannot be read.
  Client(Shard& shard, Host& host, const ClientSettings& settings);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// The body of a successful answer. What may succeed later (no connection, 429, 500, 502, 503, 504) is tried again
  /// until `deadline`, after a pause that grows and is at least what Retry-After says.
  awaitable<Answer<std::string>> call(Call call, TimePoint deadline);

  /// Hands over an answer line by line, as watches send it, until the server ends it or `sink` does: {} then. One
  /// attempt. `patience`: the longest silence.
  awaitable<Answer<>> stream(Call call, LineSink& sink, Duration patience);

  /// The namespace that the configuration names; empty if none.
  const std::string& name_space() const noexcept;
  Shard& shard() const noexcept;
  Logger& log() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// `text` as it may stand in a query: everything but unreserved characters as %XX (RFC 3986, 2.3).
std::string percent_encoded(std::string_view text);

}  // namespace konduit::kube
