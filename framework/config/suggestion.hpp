#pragma once

#include <span>
#include <string>
#include <string_view>

namespace konduit::config {

/// The candidate that `word` was probably meant to be; empty if none is near. Letters' case and '_' against '-' count
/// for nothing, two neighbours swapped count as one mistake.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

/// `; did you mean "listen"?` if one is near, else `; known are: listen, tls`, else (no candidates) nothing. `label`
/// stands for "known are".
std::string suggestion(std::string_view word, std::span<const std::string_view> candidates,
                       std::string_view label = "known are");

}  // namespace konduit::config
