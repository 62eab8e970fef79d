#include "output.hpp"

#include <algorithm>
#include <array>

namespace konduit::bench {

void Output::add(std::string_view copied) {
  const bool joins = !pieces_.empty() && pieces_.back().borrowed == nullptr;
  if (!joins) pieces_.push_back({nullptr, memory_.size(), 0});
  pieces_.back().size += copied.size();
  memory_ += copied;
  size_ += copied.size();
}

void Output::add_borrowed(std::span<const char> bytes) {
  if (bytes.empty()) return;
  pieces_.push_back({bytes.data(), 0, bytes.size()});
  size_ += bytes.size();
}

bool Output::flush(Channel& channel) {
  while (size_ != 0) {
    std::array<iovec, 128> gathered;
    const std::size_t count = gather(gathered);
    const std::size_t sent = channel.write(std::span(gathered).first(count));
    if (sent == 0) return false;
    drop(sent);
  }
  memory_.clear();
  pieces_.clear();
  first_ = 0;
  return true;
}

std::size_t Output::gather(std::span<iovec> into) const {
  const std::size_t count = std::min(into.size(), pieces_.size() - first_);
  for (std::size_t i = 0; i != count; ++i) {
    const Piece& piece = pieces_[first_ + i];
    const char* bytes = piece.borrowed != nullptr ? piece.borrowed : memory_.data() + piece.at;
    into[i] = {.iov_base = const_cast<char*>(bytes), .iov_len = piece.size};
  }
  return count;
}

void Output::drop(std::size_t sent) {
  size_ -= sent;
  while (sent != 0) {
    Piece& piece = pieces_[first_];
    const std::size_t n = std::min(sent, piece.size);
    sent -= n;
    piece.size -= n;
    if (piece.borrowed != nullptr) piece.borrowed += n;
    piece.at += n;
    if (piece.size == 0) ++first_;
  }
}

}  // namespace konduit::bench
