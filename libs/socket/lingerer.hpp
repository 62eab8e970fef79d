#pragma once

#include <boost/asio/execution_context.hpp>

#include <cstddef>
#include <list>
#include <memory>

#include "konduit/asio.hpp"
#include "konduit/deadline.hpp"
#include "konduit/event.hpp"

#include "socket/file_descriptor.hpp"

namespace konduit {
class Shard;
}

namespace konduit::socket {

/// Closes sockets whose peer may still send. Closing at once would answer those bytes, or unread ones, with RST, and
/// that destroys what the peer has not read yet. So their input is discarded until its end, or until patience runs out.
///
/// Most peers end their direction as soon as they see that ours has ended. So a socket is first looked at once more, by
/// the way; only where that was too soon does the loop watch it.
///
/// One for every shard, owned by its io_context: the streams are gone by then. Thread: the shard's.
class Lingerer final : public asio::execution_context::service, private Deadline::Owner {
 public:
  static asio::execution_context::id id;

  /// How long a peer may take to end its direction.
  static constexpr Duration kPatience = std::chrono::seconds(2);
  /// How long after it was taken a socket is looked at again: on the next occasion from kSoon on, by kLatest at the
  /// latest.
  static constexpr Duration kSoon = std::chrono::microseconds(200);
  static constexpr Duration kLatest = std::chrono::milliseconds(5);
  /// Sockets at a time; the oldest goes when there is one more.
  static constexpr std::size_t kMost = 1024;
  /// Bytes discarded of one socket before it is cut off.
  static constexpr std::size_t kMostBytes = 64 * 1024 * 1024;

  static Lingerer& of(Shard& shard);

  explicit Lingerer(asio::io_context& context);
  ~Lingerer() override;

  /// Takes a socket that was shut down for writing. Where the peer's close is seen at once and a RST destroys nothing
  /// (`local`), only what has arrived by now is discarded.
  void take(FileDescriptor descriptor, bool local);

  /// Sockets that linger.
  std::size_t size() const noexcept { return sockets_.size(); }
  /// Completes when none does, or at `deadline`.
  awaitable<void> settled(TimePoint deadline);

 private:
  class Socket;
  using Sockets = std::list<std::unique_ptr<Socket>>;

  void shutdown() override;
  void on_deadline(Deadline& which) override;
  void remove(Sockets::iterator socket);
  /// Looks again at the first that is not watched: it goes, or is watched from then on.
  void look();
  void arm();

  asio::io_context& context_;
  Shard* shard_ = nullptr;
  std::unique_ptr<Deadline> deadline_;
  TimePoint due_{};                 ///< What it is armed for.
  Sockets sockets_;                 ///< Oldest first.
  Sockets::iterator unwatched_;     ///< The first that is not watched; those behind it are not either.
  std::unique_ptr<Event> settled_;  ///< From the first settled() on.
};

}  // namespace konduit::socket
