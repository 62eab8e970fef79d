#include "kube/lines.hpp"

namespace konduit::kube {

bool Lines::add(std::string_view piece) {
  while (!piece.empty()) {
    const std::size_t end = piece.find('\n');
    begun_.append(piece.substr(0, end));
    if (too_long() || end == std::string_view::npos) return true;
    piece.remove_prefix(end + 1);
    if (begun_.ends_with('\r')) begun_.pop_back();
    if (!begun_.empty() && !sink_.on_line(begun_)) return false;
    begun_.clear();
  }
  return true;
}

}  // namespace konduit::kube
