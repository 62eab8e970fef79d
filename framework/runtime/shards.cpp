#include "runtime/shards.hpp"

#include <pthread.h>

#include <string>

namespace konduit::runtime {

Shards::Shards(unsigned count) {
  // The control shard last: the constructing thread becomes its own.
  for (unsigned index = count; index-- != 0;) shards_.push_back(std::make_unique<Shard>(index));
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

}  // namespace konduit::runtime
