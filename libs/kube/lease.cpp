#include "kube/lease.hpp"

#include "kube/lease_json.hpp"

namespace konduit::kube {
namespace {

/// Longer durations are of no use and could not be added to a time.
constexpr std::int64_t kLongestDuration = 100L * 365 * 24 * 3600;

std::map<std::string, std::string> labels_in(const json::object& metadata) {
  std::map<std::string, std::string> labels;
  for (const auto& [key, value] : object_in(metadata, "labels")) {
    if (value.is_string()) labels.emplace(key, std::string(value.get_string()));
  }
  return labels;
}

std::optional<std::chrono::seconds> seconds_in(const json::object& spec, std::string_view key) {
  const json::value* found = spec.if_contains(key);
  json::error_code error;
  const auto count = found && found->is_number() ? found->to_number<std::int64_t>(error) : 0;
  if (error || count <= 0 || count > kLongestDuration) return std::nullopt;
  return std::chrono::seconds(count);
}

}  // namespace

std::optional<WallTime> Lease::valid_until() const noexcept {
  const auto& begin = renewed ? renewed : acquired;
  if (!begin || !duration) return std::nullopt;
  return *begin + *duration;
}

bool Lease::valid_at(WallTime now) const noexcept {
  const auto end = valid_until();
  return end && *end > now;
}

std::optional<Lease> lease_from(const json::object& object) {
  const json::object& metadata = object_in(object, "metadata");
  const json::object& spec = object_in(object, "spec");
  Lease lease{.name = text_in(metadata, "name")};
  if (lease.name.empty()) return std::nullopt;
  lease.labels = labels_in(metadata);
  lease.resource_version = text_in(metadata, "resourceVersion");
  lease.holder = text_in(spec, "holderIdentity");
  lease.duration = seconds_in(spec, "leaseDurationSeconds");
  lease.acquired = parse_time(text_in(spec, "acquireTime"));
  lease.renewed = parse_time(text_in(spec, "renewTime"));
  return lease;
}

std::optional<Lease> parse_lease(std::string_view text) {
  const auto object = parse_object(text);
  return object ? lease_from(*object) : std::nullopt;
}

std::string lease_text(const Lease& lease, const std::string& name_space) {
  json::object metadata{{"name", lease.name}, {"namespace", name_space}};
  if (!lease.resource_version.empty()) metadata["resourceVersion"] = lease.resource_version;
  if (!lease.labels.empty()) {
    json::object labels;
    for (const auto& [key, value] : lease.labels) labels[key] = value;
    metadata["labels"] = std::move(labels);
  }
  json::object spec;
  if (!lease.holder.empty()) spec["holderIdentity"] = lease.holder;
  if (lease.duration) spec["leaseDurationSeconds"] = lease.duration->count();
  if (lease.acquired) spec["acquireTime"] = time_text(*lease.acquired);
  if (lease.renewed) spec["renewTime"] = time_text(*lease.renewed);
  return json::serialize(json::object{{"apiVersion", "coordination.k8s.io/v1"},
                                      {"kind", "Lease"},
                                      {"metadata", std::move(metadata)},
                                      {"spec", std::move(spec)}});
}

}  // namespace konduit::kube
