#include "runtime/shards.hpp"

#include <pthread.h>

#include <string>

#include "konduit/event.hpp"
#include "konduit/task_group.hpp"

namespace konduit::runtime {

Shards::Shards(unsigned count, Duration busy_poll) {
  // The control shard last: the constructing thread becomes its own.
  for (unsigned index = count; index-- != 0;) shards_.push_back(std::make_unique<Shard>(index, busy_poll));
  for (auto shard = shards_.rbegin(); shard != shards_.rend(); ++shard) pointers_.push_back(shard->get());
}

Shards::~Shards() { stop(); }

void Shards::run() {
  for (Shard* shard : all().subspan(1)) {
    threads_.emplace_back([shard] { shard->run(); });
    pthread_setname_np(threads_.back().native_handle(), ("shard-" + std::to_string(shard->index())).c_str());
  }
  control().run();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Shards::stop() noexcept {
  for (Shard* shard : pointers_) shard->stop();
}

namespace {

/// On the shard that `group` is of.
awaitable<void> run_in(std::shared_ptr<TaskGroup> group, awaitable<void> task) {
  group->spawn(std::move(task));
  co_await group->join();
}

awaitable<void> run_and_tell(Shard* shard, std::shared_ptr<TaskGroup> group, awaitable<void> task, Event* ended) {
  co_await on_shard(*shard, run_in(std::move(group), std::move(task)));
  ended->set();
}

}  // namespace

awaitable<void> on_shard_or_cancelled(Shard& home, Shard& shard, awaitable<void> task) {
  const auto there = std::make_shared<TaskGroup>(shard);  // used there; whoever is last lets go of it
  Event ended(home);
  TaskGroup here(home);
  here.spawn(run_and_tell(&shard, there, std::move(task), &ended));
  const error_code waited = co_await ended.wait();
  if (waited) shard.post([there] { there->cancel(); });
  co_await here.join();
}

}  // namespace konduit::runtime
