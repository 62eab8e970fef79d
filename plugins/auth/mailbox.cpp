#include "auth/mailbox.hpp"

#include <utility>

namespace konduit::auth {

void Mailbox::Address::send(Verdict verdict) const {
  shard_->post([table = table_, number = number_, arrived = std::move(verdict)]() mutable {
    const auto found = table->find(number);
    if (found == table->end()) return;
    found->second->verdict = std::move(arrived);
    found->second->arrived.set();
  });
}

}  // namespace konduit::auth
