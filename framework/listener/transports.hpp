#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "config/component_catalog.hpp"
#include "konduit/transport.hpp"

namespace konduit::listener {

/// The part of a url in front of "://"; empty if there is none.
std::string_view scheme_of(std::string_view url) noexcept;
/// The part behind it.
std::string_view rest_of(std::string_view url) noexcept;

/// The transports of the process, one instance each. Immutable once filled; read by all threads.
class Transports final : public config::UrlCheck {
 public:
  void add(std::string scheme, std::unique_ptr<Transport> transport);

  /// Null if no loaded plugin brings the url's scheme.
  const Transport* find(std::string_view url) const noexcept;

  std::string check(std::string_view scheme, const std::string& url) const override;

  /// Completes when no connection that was closed on `shard` needs the process any more, or at `deadline`. On its
  /// thread.
  awaitable<void> settled(Shard& shard, TimePoint deadline) const;

 private:
  std::map<std::string, std::unique_ptr<Transport>, std::less<>> by_scheme_;
};

}  // namespace konduit::listener
