#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace konduit::proto {

/// What a WINDOW packet says.
struct Window {
  std::int64_t connect_id = 0;
  std::int64_t bytes = 0;
};

/// Reads a message in the form that encode_window() writes, without allocating. Nothing for every other form, which the
/// generated classes may still understand.
std::optional<Window> read_window(std::span<const std::byte> message) noexcept;

}  // namespace konduit::proto
