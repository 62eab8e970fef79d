#include "listener/transports.hpp"

#include <utility>

namespace konduit::listener {

namespace {

constexpr std::string_view kSeparator = "://";

}  // namespace

std::string_view scheme_of(std::string_view url) noexcept {
  const auto end = url.find(kSeparator);
  return end == std::string_view::npos ? std::string_view() : url.substr(0, end);
}

std::string_view rest_of(std::string_view url) noexcept {
  const auto end = url.find(kSeparator);
  return end == std::string_view::npos ? std::string_view() : url.substr(end + kSeparator.size());
}

void Transports::add(std::string scheme, std::unique_ptr<Transport> transport) {
  by_scheme_.insert_or_assign(std::move(scheme), std::move(transport));
}

const Transport* Transports::find(std::string_view url) const noexcept {
  const auto found = by_scheme_.find(scheme_of(url));
  return found == by_scheme_.end() ? nullptr : found->second.get();
}

std::string Transports::check(std::string_view scheme, const std::string& url) const {
  const auto found = by_scheme_.find(scheme);
  return found == by_scheme_.end() ? "no transport for this url" : found->second->check(url);
}

awaitable<void> Transports::settled(Shard& shard, TimePoint deadline) const {
  for (const auto& known : by_scheme_) {
    const auto* lingering = dynamic_cast<const Lingering*>(known.second.get());
    if (lingering != nullptr) co_await lingering->settled(shard, deadline);
  }
}

}  // namespace konduit::listener
