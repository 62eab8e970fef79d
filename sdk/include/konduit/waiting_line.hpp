#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <utility>

#include "konduit/asio.hpp"
#include "konduit/task_group.hpp"

namespace konduit {

/// Clients that must give way where all places are taken, because they keep what they want to themselves: the one that
/// has done so for longest goes first.
///
/// Thread: one shard's. It outlives its places.
class WaitingLine {
 public:
  /// One client's, behind all others, for as long as this lives.
  class Place {
   public:
    Place(WaitingLine& line, TimePoint since, TaskGroup::Handle its_task = {})
        : task(std::move(its_task)),
          line_(line),
          since_(since),
          position_(line.standing_.insert(line.standing_.end(), this)) {
      ++line_.size_;
    }
    ~Place() {
      if (!given_up_) line_.standing_.erase(position_);
      --line_.size_;
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    /// The client's turn to give way has come, and its task was cancelled.
    bool given_up() const noexcept { return given_up_; }

    TaskGroup::Handle task;  ///< What serves the client.

   private:
    friend class WaitingLine;

    WaitingLine& line_;
    const TimePoint since_;
    const std::list<Place*>::iterator position_;  // until it is given up
    bool given_up_ = false;
  };

  /// Places, with those of clients that were given up and have not ended yet.
  std::size_t size() const noexcept { return size_; }

  /// Since when the client has waited that is the next to give way. Nothing: nobody is left who could.
  std::optional<TimePoint> oldest() const noexcept {
    if (standing_.empty()) return std::nullopt;
    return standing_.front()->since_;
  }

  /// Cancels the task of the client that is the next to give way. False: nobody is left who could.
  bool give_way() {
    if (standing_.empty()) return false;
    Place& place = *standing_.front();
    standing_.pop_front();
    place.given_up_ = true;
    place.task.cancel();
    return true;
  }

 private:
  std::list<Place*> standing_;  // those that were not given up
  std::size_t size_ = 0;
};

}  // namespace konduit
