#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "konduit/connection.hpp"
#include "konduit/event.hpp"
#include "konduit/log.hpp"
#include "konduit/log_pace.hpp"
#include "konduit/metrics.hpp"
#include "konduit/task_group.hpp"
#include "konduit/tls.hpp"
#include "konduit/transport.hpp"
#include "konduit/waiting_line.hpp"

namespace konduit::listener {

struct AcceptLimits {
  std::size_t handshakes = 512;  ///< TLS handshakes at a time. One more begins; the others wait in the kernel's queue.
  Duration handshake_timeout = std::chrono::seconds(10);
  Duration sure_time = std::chrono::seconds(1);     ///< What a handshake has for sure when others wait for its place.
  Duration retry = std::chrono::milliseconds(100);  ///< Pause after a failed accept, as for want of descriptors.
};

/// Accepts on one shard: waits out what is temporary, does TLS handshakes under a deadline and beside each other, and
/// hands over connections that are ready. Where all places are taken, the oldest handshake gives way, so that those who
/// connect and say nothing keep nobody out. It may be paused while another loop accepts from the same socket;
/// handshakes under way go on.
///
/// Thread: the shard's. REQUIRES: run() has ended before destruction, or was never called.
class AcceptLoop {
 public:
  AcceptLoop(Shard& shard, std::unique_ptr<Acceptor> acceptor, std::shared_ptr<TlsContext> tls,
             Listener::Handler& handler, Logger& log, std::shared_ptr<Metrics> metrics, std::string url,
             const AcceptLimits& limits = {});

  /// Works until stop() was called and everything begun has ended.
  awaitable<void> run();
  /// Accepts nothing until resume().
  void pause();
  void resume();
  /// Takes what waits by now, if it is its turn, and then nothing more; handshakes under way go on. Idempotent.
  void close();
  /// close(), and from now on the handler is not called any more. Idempotent.
  void stop();
  bool closed() const noexcept { return closed_; }
  /// Completes when run() has ended: {}, or as Event::wait() says.
  awaitable<error_code> ended(TimePoint deadline) { return ended_.wait(deadline); }

 private:
  awaitable<void> accept();
  void accept_rest();
  void begin(Acceptor::Accepted accepted);
  awaitable<void> make_room();
  awaitable<void> handshake(Acceptor::Accepted accepted, std::unique_ptr<WaitingLine::Place> place);
  void handshake_failed(const std::string& peer, const std::string& why);
  void hand_over(Connection connection);
  awaitable<void> wait_out(error_code error);

  Shard& shard_;
  std::unique_ptr<Acceptor> acceptor_;
  std::shared_ptr<TlsContext> tls_;  // shared with the listener's other shards
  Listener::Handler* handler_;
  Logger& log_;
  const std::string url_;
  const AcceptLimits limits_;
  WaitingLine under_way_;
  TaskGroup handshakes_;
  TaskGroup* accepting_ = nullptr;  // while run() lets it accept
  Event turn_;
  Event room_;
  Event ended_;
  LogPace failures_told_;
  bool failing_ = false;
  bool closed_ = false;
  bool its_turn_ = false;                   // when it was closed
  const std::shared_ptr<Metrics> metrics_;  // shared with the listener's owner: keeps the counters
  Counter& accepted_;
  Counter& accept_errors_;
  Counter& handshake_errors_;
  Counter& handshakes_given_up_;
};

}  // namespace konduit::listener
