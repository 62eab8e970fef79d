#include "config/inventory.hpp"

#include <algorithm>

namespace konduit::config {

std::optional<ComponentKind> kind_named(std::string_view name) noexcept {
  for (ComponentKind kind : kComponentKinds) {
    if (to_string(kind) == name) return kind;
  }
  return std::nullopt;
}

bool is_name(std::string_view text) noexcept {
  auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !text.empty() && text.front() != '-' && std::all_of(text.begin(), text.end(), allowed);
}

std::optional<ComponentId> split_id(std::string_view id) noexcept {
  std::size_t slash = id.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  ComponentId parts{id.substr(0, slash), id.substr(slash + 1)};
  if (!is_name(parts.type) || !is_name(parts.name)) return std::nullopt;
  return parts;
}

void Inventory::add(ComponentKind kind, std::string_view id) { ids_[index(kind)].push_back(id); }

bool Inventory::has(ComponentKind kind, std::string_view id) const noexcept {
  const auto& ids = ids_[index(kind)];
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

std::span<const std::string_view> Inventory::ids(ComponentKind kind) const noexcept { return ids_[index(kind)]; }

std::optional<ComponentKind> Inventory::other_kind(ComponentKind kind, std::string_view id) const noexcept {
  for (ComponentKind other : kComponentKinds) {
    if (other != kind && has(other, id)) return other;
  }
  return std::nullopt;
}

}  // namespace konduit::config
