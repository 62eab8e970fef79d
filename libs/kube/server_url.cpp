#include "kube/server_url.hpp"

#include <string_view>

#include "konduit/dial.hpp"
#include "konduit/error.hpp"

namespace konduit::kube {

void set_server(const std::string& url, const std::string& source, Access& access) {
  constexpr std::string_view kSecure = "https://";
  constexpr std::string_view kPlain = "http://";
  std::string_view rest = url;
  if (rest.starts_with(kSecure)) {
    rest.remove_prefix(kSecure.size());
  } else if (rest.starts_with(kPlain)) {
    rest.remove_prefix(kPlain.size());
    access.tls = false;
  } else {
    throw StartError(source + ": \"" + url + "\" must begin with https:// or http://");
  }
  const std::size_t slash = rest.find('/');
  std::string authority(rest.substr(0, slash));
  if (slash != std::string_view::npos) access.base_path = rest.substr(slash);
  while (access.base_path.ends_with('/')) access.base_path.pop_back();

  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.rfind(':');
  const bool has_port = colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
  if (!has_port) authority += access.tls ? ":443" : ":80";
  const auto target = Target::parse(authority);
  if (!target || rest.find_first_of(" \t\r\n?#@") != std::string_view::npos) {
    throw StartError(source + ": \"" + url + "\" is not the address of an API server: https://host:port");
  }
  access.server = url;
  access.host = authority;
  access.url = "tcp://" + authority;
  access.server_host = target->host;
}

}  // namespace konduit::kube
