#pragma once

#include <map>
#include <string>
#include <vector>

#include "kube/leases.hpp"

namespace konduit::kube {

/// A copy of the leases that match a selector, kept up to date: list, watch from there, list again where the watch
/// cannot go on. While the API server cannot be reached the copy stays as it was.
///
/// Thread: the client's.
class LeaseMirror final : private LeaseObserver {
 public:
  class Observer {
   public:
    /// After the first list, and whenever a lease has changed.
    virtual void leases_changed() = 0;

   protected:
    ~Observer() = default;
  };

  /// `leases` and `observer` outlive run().
  LeaseMirror(Leases& leases, std::string selector, Observer& observer);

  /// Works until it is cancelled. Spawn it once.
  awaitable<void> run();

  /// False before the first list: nothing is known yet.
  bool listed() const noexcept { return listed_; }
  const std::map<std::string, Lease>& leases() const noexcept { return known_; }

 private:
  awaitable<Answer<>> list();
  void on_lease(WatchEvent event, const Lease& lease) override;

  Leases& leases_;
  const std::string selector_;
  Observer& observer_;
  std::map<std::string, Lease> known_;  // by name
  std::string version_;                 // empty: list first
  bool listed_ = false;
};

}  // namespace konduit::kube
