#pragma once

#include <optional>
#include <string>

#include <konduit/connection.hpp>
#include <konduit/stream_io.hpp>

#include "part.hpp"

namespace socks5 {

/// One client, from its first byte to its tunnel or its refusal.
class Session {
 public:
  Session(Socks5Part& part, konduit::Connection connection);

  static konduit::awaitable<void> run(Session* self);

 private:
  /// Speaks until the client has said what it wants; nothing when it is not to be spoken to any more.
  konduit::awaitable<std::optional<Request>> handshake();
  konduit::awaitable<bool> choose_method();
  konduit::awaitable<bool> log_in();
  /// Whether who the client says it is lets it in; then its peer has the name.
  konduit::awaitable<bool> admit(std::string username, std::string password);
  /// The tunnel, or nothing: the client has its reply, or is gone.
  konduit::awaitable<std::unique_ptr<konduit::Tunnel>> dial(konduit::Target target);
  konduit::awaitable<void> refuse(Reply reply);

  /// The next message by `parse`; its fault says whether it came.
  template <class Message>
  konduit::awaitable<Message> receive(Message (*parse)(Bytes));
  konduit::awaitable<bool> send(std::string text);
  /// Lets the client read what it was told: closing over bytes that it sent would make the system drop them.
  konduit::awaitable<void> leave();

  Socks5Part& part_;
  konduit::Connection connection_;
  konduit::BufferQueue received_;
  std::optional<konduit::StreamIo> io_;
  konduit::TimePoint deadline_;
};

}  // namespace socks5
