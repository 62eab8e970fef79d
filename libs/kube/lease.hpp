#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace konduit::kube {

using WallTime = std::chrono::system_clock::time_point;

/// A Lease of coordination.k8s.io/v1: what konduit needs of it.
struct Lease {
  std::string name;
  std::map<std::string, std::string> labels = {};
  std::string resource_version = {};  ///< Empty in one that the API server has not seen.
  std::string holder = {};
  std::optional<std::chrono::seconds> duration = {};
  std::optional<WallTime> acquired = {};
  std::optional<WallTime> renewed = {};

  /// Until when it holds: `renewed`, else `acquired`, plus `duration`. A lease that lacks these never holds.
  std::optional<WallTime> valid_until() const noexcept;
  bool valid_at(WallTime now) const noexcept;
};

/// From the JSON of a Lease; empty if it is none. Fields of a wrong type count as missing.
std::optional<Lease> parse_lease(std::string_view json);
/// As JSON, for `name_space`.
std::string lease_text(const Lease& lease, const std::string& name_space);

/// "2026-11-26T02:03:58.000000Z" (RFC 3339, as Kubernetes' MicroTime is written).
std::string time_text(WallTime time);
/// Reads RFC 3339 with any fraction and offset.
std::optional<WallTime> parse_time(std::string_view text);

}  // namespace konduit::kube
