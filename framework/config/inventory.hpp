#pragma once

#include <array>
#include <compare>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "konduit/component.hpp"

namespace konduit::config {

/// Ids are unique within a kind only: a frontend and a backend may share one.
struct ComponentKey {
  ComponentKind kind;
  std::string id;  ///< "type/name"

  auto operator<=>(const ComponentKey&) const = default;
};

inline constexpr std::array kComponentKinds{
    ComponentKind::transport,     ComponentKind::frontend,  ComponentKind::backend,   ComponentKind::filter,
    ComponentKind::authenticator, ComponentKind::discovery, ComponentKind::registrar, ComponentKind::selector,
};

/// "backend" to ComponentKind::backend.
std::optional<ComponentKind> kind_named(std::string_view name) noexcept;

/// The parts of "type/name".
struct ComponentId {
  std::string_view type;
  std::string_view name;
};

/// Empty unless `id` is "type/name" with both made of a-z, 0-9 and '-'.
std::optional<ComponentId> split_id(std::string_view id) noexcept;
/// True for what may stand as a name: a-z, 0-9 and '-', at least one, the first no '-'.
bool is_name(std::string_view text) noexcept;

/// Which ids a document has, so that references can be judged. Borrows from the document.
class Inventory {
 public:
  void add(ComponentKind kind, std::string_view id);
  bool has(ComponentKind kind, std::string_view id) const noexcept;
  std::span<const std::string_view> ids(ComponentKind kind) const noexcept;
  /// Some other kind that has this id.
  std::optional<ComponentKind> other_kind(ComponentKind kind, std::string_view id) const noexcept;

 private:
  static std::size_t index(ComponentKind kind) noexcept { return static_cast<std::size_t>(kind); }
  std::array<std::vector<std::string_view>, kComponentKinds.size() + 1> ids_;
};

}  // namespace konduit::config
