#pragma once

#include <sys/un.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace konduit::transport_uds {

/// Bytes that a socket's path may have: the system's limit of 108 less the terminating zero.
inline constexpr std::size_t kLongestPath = sizeof(sockaddr_un::sun_path) - 1;

/// "uds:///absolute/path" taken apart. The path is taken as it stands, without escapes.
struct UdsUrl {
  std::string path;
  std::string error;  ///< A sentence that says what is wrong; empty if nothing.
};

UdsUrl parse_uds_url(std::string_view url);

/// REQUIRES: path.size() <= kLongestPath.
sockaddr_un address_of(const std::string& path) noexcept;

}  // namespace konduit::transport_uds
