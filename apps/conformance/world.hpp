#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "konduit/backend.hpp"
#include "konduit/filter.hpp"
#include "konduit/task_group.hpp"
#include "konduit/testkit/fake_dialer.hpp"
#include "konduit/testkit/fake_parts.hpp"
#include "konduit/testkit/run.hpp"
#include "konduit/testkit/test_host.hpp"
#include "rule.hpp"

namespace konduit::conformance {

/// A shard, a host and all that the subject refers to: fakes. One generation or several of the subject live in it.
class World {
  const std::unique_ptr<Shard> own_shard_;  // first: everything else lives on it

 public:
  static constexpr Duration kPause = std::chrono::milliseconds(2);

  explicit World(const Subject& subject);
  /// For the counterpart of who lives in `other`, which outlives this: on its shard, and over its network.
  World(const Subject& subject, World& other);
  ~World();

  /// The subject, made. Fails the rule, and answers null, where its factory makes nothing or reports something.
  std::unique_ptr<Component> make();
  /// make() and prepare(). Null after a failure.
  std::unique_ptr<Component> prepared();
  /// Its part on the shard, null for transports and where attach() threw.
  std::unique_ptr<Part> attach(Component& component);

  /// Runs `task` to its end, calling it `what` in failures: an exception, a loop that is held up, and a task that does
  /// not end break the rule.
  void run(const char* what, awaitable<void> task);
  template <class T>
  std::optional<T> result(const char* what, awaitable<T> task) {
    std::optional<T> value;
    run(what, testkit::store_result(std::move(task), &value));
    return value;
  }
  /// Runs `task` for so many handlers of the loop and cancels it then. It must end, and throw nothing. Answers whether
  /// it was still under way.
  bool cancel_after(unsigned steps, const char* what, awaitable<void> task);
  /// Cancels what `group` runs, which is called `what`. The process ends with the finding where it does not end.
  void cancel(TaskGroup& group, const char* what);
  /// Runs so many handlers of the loop, or fewer, until `done`.
  void step(unsigned steps, const std::function<bool()>& done = [] { return false; });
  /// A plain call, judged in the same way.
  void call(const char* what, const std::function<void()>& function);
  /// Runs what is ready; if nothing is, waits up to `wait` for something.
  void turn(Duration wait = kPause);
  /// Turns until nothing more happens.
  void settle();
  /// Turns until `done`; false after a few seconds.
  bool until(const std::function<bool()>& done);

  /// What the subject looks for is where `other` listens: its discoveries say so from now on.
  void discovers(const World& other);

  const Subject& subject;
  Shard& shard;
  testkit::TestHost host;
  testkit::MemoryNetwork& network;
  testkit::FakeDialer dialer{shard};
  std::vector<std::string> listening;  ///< Urls, in order of listen().
  std::deque<std::unique_ptr<Part>> fakes;
  std::vector<testkit::FakeBackendPart*> backends;  ///< Of `fakes`.
  std::string said;                                 ///< By the subject, on every connection that it opened.

 private:
  World(const Subject& subject, std::unique_ptr<Shard> own, World* other);
  void add_fake(const config::ComponentKey& reference);

  std::string held_up_;                                   ///< What is broken if a turn does not come back.
  std::vector<testkit::FakeDiscoveryPart*> discoveries_;  // of fakes
  testkit::TestAttachment attachment_{shard};
};

/// Calls `try_cancelled` with 0, 1, 2 and so on, how many handlers of the loop run before a cancellation; until it
/// answers false, for what was cancelled had ended or shows nothing new, until the rule is broken, or `most` times.
void at_every_step(unsigned most, const std::function<bool(unsigned steps)>& try_cancelled);

/// A component that is prepared, attached and started, and stopped at the end of the block.
class Running {
 public:
  explicit Running(World& world, bool start = true);
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  /// False if it did not get so far; the rule is broken already.
  bool ok() const noexcept { return part_ != nullptr; }
  template <class PartType>
  PartType& part() {
    return static_cast<PartType&>(*part_);
  }
  void stop();

 private:
  World& world_;
  std::unique_ptr<Component> component_;
  std::unique_ptr<Part> part_;
  bool stopped_ = false;
};

}  // namespace konduit::conformance
