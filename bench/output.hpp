#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "channel.hpp"

namespace konduit::bench {

/// What waits to be sent on a channel, in order. Large pieces are sent from where they lie.
class Output {
 public:
  void add(std::string_view copied);
  /// Stays as it is until it has been sent.
  void add_borrowed(std::span<const char> bytes);

  /// Sends as much as goes. True: all has been sent.
  bool flush(Channel& channel);

  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }

 private:
  struct Piece {
    const char* borrowed;  // null: in memory_, from `at` on
    std::size_t at;
    std::size_t size;
  };

  std::size_t gather(std::span<iovec> into) const;
  void drop(std::size_t sent);

  std::string memory_;
  std::vector<Piece> pieces_;
  std::size_t first_ = 0;  // of the pieces that are left
  std::size_t size_ = 0;
};

}  // namespace konduit::bench
