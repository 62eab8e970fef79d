#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "konduit/event.hpp"
#include "konduit/frontend.hpp"
#include "konduit/shard.hpp"

namespace konduit::testkit {

/// The pipeline as a frontend under test sees it: keeps what was asked, and answers as the test says. What a frontend
/// splices, the test gets.
class FakeDialer final : public Dialer {
 public:
  explicit FakeDialer(Shard& shard) : released_(shard) { released_.set(); }
  ~FakeDialer();

  awaitable<DialResult<std::unique_ptr<Tunnel>>> dial(DialRequest request) override;

  /// If set, every dial fails with it.
  std::optional<DialError> error;
  /// From now on dials wait until release(), their deadline, or their cancellation.
  void hold() { released_.clear(); }
  void release() { released_.set(); }

  const std::vector<DialRequest>& requests() const noexcept { return requests_; }
  /// Dials that wait now, and those that were cancelled while they waited.
  std::size_t waiting() const noexcept { return waiting_; }
  std::size_t cancelled() const noexcept { return cancelled_; }
  /// Tunnels that were answered and neither spliced nor dropped yet.
  std::size_t open() const noexcept { return open_; }
  /// The clients' streams, in the order of splice().
  std::deque<StreamPtr> spliced;

 private:
  class FakeTunnel;

  Event released_;
  std::vector<DialRequest> requests_;
  std::size_t waiting_ = 0;
  std::size_t cancelled_ = 0;
  std::size_t open_ = 0;
};

}  // namespace konduit::testkit
