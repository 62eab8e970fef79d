#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "http-connect/head.hpp"
#include "http-connect/reply.hpp"
#include "konduit/authenticator.hpp"
#include "konduit/connection.hpp"
#include "konduit/deadline.hpp"
#include "konduit/event.hpp"
#include "konduit/frontend.hpp"
#include "konduit/log.hpp"
#include "konduit/metrics.hpp"
#include "konduit/shard.hpp"
#include "konduit/task_group.hpp"

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
  /// The client had not said what it wants, and gave way to others.
  void given_up() noexcept { given_up_.add(); }
  Gauge& connections() noexcept { return connections_; }
  Histogram& write_waits() noexcept { return write_waits_; }

 private:
  static constexpr unsigned kAbandoned = 499;
  static constexpr std::array kStatuses{200U, 400U, 403U, 405U, 407U, 408U, 431U, kAbandoned, 502U, 503U, 504U};

  std::array<Counter*, kStatuses.size()> requests_{};
  Gauge& connections_;
  Counter& given_up_;
  Histogram& write_waits_;
};

/// How many requests of one shard there are, and a wait for the last one.
class InFlight {
 public:
  explicit InFlight(Shard& shard) : none_(shard) { none_.set(); }

  void enter() noexcept {
    ++count_;
    none_.clear();
  }
  void leave() {
    if (--count_ == 0) none_.set();
  }
  /// {} when there are none; or as Event::wait() says.
  awaitable<error_code> none(TimePoint deadline) { return none_.wait(deadline); }

 private:
  std::size_t count_ = 0;
  Event none_;
};

/// What the requests of one shard work with. Outlives them.
struct Surroundings {
  Shard& shard;
  Dialer& dialer;
  AuthenticatorPart* authenticator;  ///< Null: everybody is let in.
  Logger& log;
  Measures& measures;
  InFlight& in_flight;
  TaskGroup& tasks;  ///< Of clients that have said what they want.
  const Settings& settings;
  const std::string& frontend;  ///< The component's id.
};

/// One client, until its tunnel belongs to the core or it has got another answer.
///
/// Thread: the shard's. The coroutine that works on it owns it.
class Request final : private Stream::Observer, private Deadline::Owner {
 public:
  Request(const Surroundings& surroundings, Connection connection);
  ~Request();
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  /// Reads what has come of the head. True when no more of it need come.
  bool take_head();
  /// Waits for the rest of the head, and then lets the request begin. Who leaves before is forgotten.
  static awaitable<void> welcome(std::unique_ptr<Request> request);
  /// Judges the head, authenticates, dials, answers, and hands the tunnel to the core: a task of its own. It ends early
  /// when the client leaves. REQUIRES: the head has ended.
  static void begin(std::unique_ptr<Request> request);

 private:
  using Outcome = std::variant<std::monostate, std::unique_ptr<Tunnel>, Reply>;

  static awaitable<void> serve(std::unique_ptr<Request> self);
  static awaitable<Outcome> dial(Request* self);
  static awaitable<Outcome> admit(Request* self, DialRequest* request);
  static awaitable<bool> send(Request* self, BufferQueue* rest);
  static void conclude(std::unique_ptr<Request> self, Outcome outcome);
  static awaitable<void> dismiss(std::unique_ptr<Request> self, std::string words);

  HeadState feed();
  std::optional<Reply> judge();
  DialRequest dial_request();
  /// While it dials: the client's end, and the time.
  void watch(TimePoint latest);
  void unwatch();
  void establish(std::unique_ptr<Tunnel> tunnel);
  void note(const Reply& reply);

  void on_readable() override {}
  void on_writable() override {}
  void on_closed(error_code reason) override;
  void on_deadline(Deadline& which) override;

  const Surroundings& surroundings_;
  Connection connection_;
  BufferQueue received_;  // in the end what stands behind the head
  std::optional<HeadParser> parser_;
  HeadState state_ = HeadState::incomplete;
  RequestHead head_;
  Target target_;
  TaskGroup::Handle task_;
  Deadline patience_;  // with the dial
  bool slow_ = false;  // the head did not come in time
  bool gone_ = false;  // the client has left
  bool late_ = false;  // the dial has not ended in time
};

}  // namespace konduit::http_connect
