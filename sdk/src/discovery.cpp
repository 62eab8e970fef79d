#include "konduit/discovery.hpp"

#include <algorithm>

namespace konduit {

void DiscoveryPart::announced(const ServerAnnouncement&) {}

void DiscoveryPart::lost(std::string_view) {}

void DiscoveryPart::subscribe(Observer& observer) { observers_.push_back(&observer); }

void DiscoveryPart::unsubscribe(Observer& observer) noexcept {
  // While observers are being told, the list keeps its length: its places are counted by notify().
  std::replace(observers_.begin(), observers_.end(), &observer, static_cast<Observer*>(nullptr));
  if (notifying_ == 0) std::erase(observers_, nullptr);
}

void DiscoveryPart::notify() {
  ++notifying_;
  for (std::size_t i = 0; i < observers_.size(); ++i) {
    if (observers_[i]) observers_[i]->on_discovery_changed();
  }
  if (--notifying_ == 0) std::erase(observers_, nullptr);
}

}  // namespace konduit
