#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "http-connect/head.hpp"
#include "http-connect/reply.hpp"
#include "konduit/authenticator.hpp"
#include "konduit/connection.hpp"
#include "konduit/frontend.hpp"
#include "konduit/log.hpp"
#include "konduit/metrics.hpp"
#include "konduit/shard.hpp"

namespace konduit::http_connect {

struct Settings {
  Duration head_timeout{};
  std::size_t max_head = 0;
  Duration dial_timeout{};
  Duration first_byte_gap{};
};

/// Counts of one shard.
class Measures {
 public:
  explicit Measures(Metrics& metrics);

  void answered(unsigned status) noexcept;
  /// The client went away before it had an answer.
  void abandoned() noexcept { answered(kAbandoned); }
  Gauge& connections() noexcept { return connections_; }
  Histogram& write_waits() noexcept { return write_waits_; }

 private:
  static constexpr unsigned kAbandoned = 499;
  static constexpr std::array kStatuses{200U, 400U, 403U, 405U, 407U, 408U, 431U, kAbandoned, 502U, 503U, 504U};

  std::array<Counter*, kStatuses.size()> requests_{};
  Gauge& connections_;
  Histogram& write_waits_;
};

/// What the requests of one shard work with. Outlives them.
struct Surroundings {
  Shard& shard;
  Dialer& dialer;
  AuthenticatorPart* authenticator;  ///< Null: everybody is let in.
  Logger& log;
  Measures& measures;
  const Settings& settings;
  const std::string& frontend;  ///< The component's id.
};

/// A client whose head is being read.
struct Arrival {
  Connection connection;
  BufferQueue received;  ///< In the end what stands behind the head.
  RequestHead head;
};

/// Completes with true when the head is there and is a CONNECT's. Everybody else has got an answer, or has left, by
/// then.
awaitable<bool> read_head(const Surroundings* surroundings, Arrival* arrival);

/// Authenticates, dials, answers, and hands the tunnel to the core. Ends early when the client leaves.
awaitable<void> connect(const Surroundings* surroundings, Arrival arrival);

}  // namespace konduit::http_connect
