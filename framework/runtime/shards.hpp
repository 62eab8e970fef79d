#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "konduit/shard.hpp"

namespace konduit::runtime {

/// The shards of the process and their threads. Shard 0 is the control shard and runs on the thread that calls run().
class Shards {
 public:
  /// `busy_poll`: of each; see Shard.
  explicit Shards(unsigned count, Duration busy_poll = {});
  ~Shards();
  Shards(const Shards&) = delete;
  Shards& operator=(const Shards&) = delete;

  std::span<Shard* const> all() const noexcept { return pointers_; }
  Shard& control() const noexcept { return *pointers_.front(); }

  /// Runs all shards until stop(); joins the other threads before it returns.
  void run();
  /// Any thread.
  void stop() noexcept;

 private:
  std::vector<std::unique_ptr<Shard>> shards_;
  std::vector<Shard*> pointers_;
  std::vector<std::thread> threads_;
};

/// Runs `task` on the thread of `shard` and resumes the caller on its own. What it throws is thrown here. REQUIRES:
/// nobody cancels the caller meanwhile. Asio would pass that on by the address of a signal, which may be gone when it
/// arrives.
template <class T>
awaitable<T> on_shard(Shard& shard, awaitable<T> task) {
  co_return co_await asio::co_spawn(shard.get_executor(), std::move(task), asio::use_awaitable_t<executor>());
}

/// As on_shard(), for a task that throws nothing and ends early when the caller, on the thread of `home`, is cancelled.
awaitable<void> on_shard_or_cancelled(Shard& home, Shard& shard, awaitable<void> task);

}  // namespace konduit::runtime
