#pragma once

#include <ares.h>

#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "konduit/deadline.hpp"
#include "konduit/event.hpp"

namespace konduit {
class Shard;
}

namespace konduit::resolver {

/// A question about one name that is under way, and what is known of the answer.
struct Lookup {
  explicit Lookup(Shard& shard) : changed(shard) {}

  struct Answer {
    bool done = false;
    int status = ARES_SUCCESS;
    std::vector<asio::ip::address> addresses;
  };

  Answer v4;
  Answer v6;
  Event changed;  ///< Set when an answer is done.
};

struct ChannelSettings {
  std::vector<std::string> servers;  ///< "address" or "address:port"; empty: those of the file.
  std::string resolv_conf = "/etc/resolv.conf";
};

/// c-ares on a shard's loop: it asks name servers and never blocks. Its sockets are watched through duplicates, because
/// c-ares closes them when it likes.
///
/// Thread: the shard's. Destruction ends all questions with ARES_EDESTRUCTION.
class Channel final : private Deadline::Owner {
 public:
  Channel(Shard& shard, const ChannelSettings& settings);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// Asks for the addresses of one family (AF_INET, AF_INET6), search domains included. The answer may be there on
  /// return.
  void ask(const std::string& name, int family, std::shared_ptr<Lookup> lookup);

  /// Questions under way, also those that nobody waits for any more: c-ares cannot take one back.
  std::size_t pending() const noexcept { return pending_; }

  /// Held by a call while it waits for what it asked. It may outlive the channel.
  using Waiting = std::shared_ptr<const void>;
  Waiting begin_waiting() const noexcept { return waiters_; }
  /// Calls that wait.
  std::size_t waiting() const noexcept { return static_cast<std::size_t>(waiters_.use_count()) - 1; }

 private:
  class Socket;
  struct Question;

  static void on_socket_state(void* self, ares_socket_t socket, int readable, int writable);
  static void on_answer(void* question, int status, int timeouts, ares_addrinfo* answer);
  void on_deadline(Deadline& which) override;
  void advance(ares_socket_t readable, ares_socket_t writable);
  void schedule();

  Shard& shard_;
  Deadline timer_;
  std::size_t pending_ = 0;
  const Waiting waiters_ = std::make_shared<char>();  // shared with the calls that wait, to count them
  int status_ = ARES_SUCCESS;
  std::map<ares_socket_t, std::unique_ptr<Socket>> sockets_;
  ares_channel channel_ = nullptr;
};

}  // namespace konduit::resolver
