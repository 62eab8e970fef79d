#include "transport-uds/uds_url.hpp"

#include <sys/socket.h>

#include <cstring>

namespace konduit::transport_uds {

UdsUrl parse_uds_url(std::string_view url) {
  constexpr std::string_view kScheme = "uds://";
  const auto wrong = [url](const std::string& what) { return UdsUrl{{}, "\"" + std::string(url) + "\": " + what}; };
  if (!url.starts_with(kScheme)) return wrong("expected uds:///ABSOLUTE/PATH");
  const std::string_view path = url.substr(kScheme.size());
  if (!path.starts_with('/')) return wrong("the path must be absolute: uds:///ABSOLUTE/PATH");
  if (path.ends_with('/')) return wrong("the path names a directory, not a socket");
  if (path.find('\0') != std::string_view::npos) return wrong("the path contains a zero byte");
  if (path.size() > kLongestPath) {
    return wrong("the path has " + std::to_string(path.size()) + " bytes; the system allows a socket at most " +
                 std::to_string(kLongestPath));
  }
  return {std::string(path), {}};
}

sockaddr_un address_of(const std::string& path) noexcept {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

}  // namespace konduit::transport_uds
