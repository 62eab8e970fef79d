#pragma once

#include <map>
#include <string>
#include <string_view>

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
    /// After every list, when a lease has changed, and when the API server says that none has (a bookmark).
    virtual void leases_changed() = 0;
    /// For accounts: the API server has answered a "list" in `took`, has begun a "watch", or has not (`error`).
    virtual void lease_call(std::string_view verb, const Error* error, Duration took);

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
  awaitable<Answer<>> watch();
  void on_begin() override;
  void on_lease(WatchEvent event, const Lease& lease) override;

  Leases& leases_;
  const std::string selector_;
  Observer& observer_;
  std::map<std::string, Lease> known_;  // by name
  std::string version_;                 // empty: list first
  bool listed_ = false;
  bool watching_ = false;
};

}  // namespace konduit::kube
