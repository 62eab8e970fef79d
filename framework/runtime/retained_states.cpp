#include "runtime/retained_states.hpp"

#include <utility>

#include "runtime/limited_host.hpp"

namespace konduit::runtime {

/// What was made, and the host that it was made with.
struct RetainedStates::State {
  class StateHost final : public LimitedHost {
   public:
    StateHost(RetainedStates& owner, const std::string& id)
        : LimitedHost(id, owner.metrics_.component(id)),
          log_(owner.log_.logger(id)),
          shards_(owner.shards_),
          budget_(owner.budget_) {}

    Logger& log() noexcept override { return log_; }
    std::span<Shard* const> shards() const noexcept override { return shards_; }
    MemoryBudget& budget() noexcept override { return budget_; }

   private:
    Logger& log_;
    const std::span<Shard* const> shards_;
    MemoryBudget& budget_;
  };

  State(RetainedStates& owner, const std::string& id) : host(owner, id) {}

  StateHost host;
  std::shared_ptr<void> made;  // goes before its host
};

std::shared_ptr<void> RetainedStates::obtain(const std::string& id, std::string_view key,
                                             std::shared_ptr<void> (*make)(Host&)) {
  std::erase_if(states_, [](const auto& entry) { return entry.second.expired(); });
  const std::string name = id + '/' + std::string(key);
  if (auto known = states_[name].lock()) return known;
  auto state = std::make_shared<State>(*this, id);
  state->made = make(state->host);
  std::shared_ptr<void> made(state, state->made.get());
  states_[name] = made;
  return made;
}

}  // namespace konduit::runtime
