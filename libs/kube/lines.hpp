#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "kube/client.hpp"

namespace konduit::kube {

/// Cuts a stream of bytes into lines.
class Lines {
 public:
  Lines(std::size_t longest, LineSink& sink) noexcept : longest_(longest), sink_(sink) {}

  /// Hands over the lines that `piece` completes, empty ones left out. False when the sink wants no more.
  bool add(std::string_view piece);
  /// True when the line that is not complete yet is longer than it may be. Nothing follows then.
  bool too_long() const noexcept { return begun_.size() > longest_; }

 private:
  std::size_t longest_;
  LineSink& sink_;
  std::string begun_;
};

}  // namespace konduit::kube
