#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>

#include <konduit/config.hpp>

namespace socks5 {

/// Who may use the proxy, by name and password. Keeps digests, never passwords; how long a comparison takes says
/// nothing of where two passwords differ.
class Users {
 public:
  /// From a map of names to passwords; null: nobody is known.
  explicit Users(const konduit::config::Node& node);

  bool empty() const noexcept { return digests_.empty(); }
  bool knows(std::string_view name, std::string_view password) const;

 private:
  using Digest = std::array<unsigned char, 32>;
  static Digest digest_of(std::string_view password);

  std::map<std::string, Digest, std::less<>> digests_;
};

}  // namespace socks5
