#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/invariant.hpp"
#include "konduit/dial.hpp"
#include "konduit/error.hpp"
#include "kube/server_url.hpp"
#include "lb-discovery/server_url.hpp"
#include "transport-tcp/tcp_url.hpp"
#include "transport-uds/uds_url.hpp"

namespace {

using namespace konduit;
using fuzz::hold;

bool plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view(".-_:%").find(c) != std::string_view::npos;
}

bool same(const Target& a, const Target& b) { return a.host == b.host && a.port == b.port; }

void target(std::string_view text) {
  const auto read = Target::parse(text);
  if (!read) return;
  hold(std::ranges::all_of(read->host, plain), "no character of a target's host means anything to who reads it");
  const auto again = Target::parse(read->text());
  hold(again.has_value() && same(*again, *read), "a target is read as it was written");
  const auto url = transport_tcp::parse_tcp_url("tcp://" + read->text());
  hold(url.error.empty() && url.host == read->host && url.port == read->port, "a target is a tcp url's address");
}

void tcp_url(std::string_view text) {
  const auto url = transport_tcp::parse_tcp_url("tcp://" + std::string(text));
  // What else is a host may be told by who binds to it.
  const bool word = std::ranges::all_of(url.host, [](char c) { return plain(c) && c != '%' && c != ':'; });
  const bool address = url.host.find(':') != std::string::npos;
  if (!url.error.empty() || url.host.empty() || (!word && !address)) return;
  const auto read = Target::parse(Target{url.host, url.port}.text());
  hold(url.host.size() > 255 || (read.has_value() && read->host == url.host && read->port == url.port),
       "a tcp url's address is a target");
}

void uds_url(std::string_view text) {
  const auto url = transport_uds::parse_uds_url("uds://" + std::string(text));
  if (!url.error.empty()) return;
  hold(url.path == text && url.path.front() == '/', "a socket's path is what stands in its url");
  const sockaddr_un address = transport_uds::address_of(url.path);
  hold(address.sun_path == url.path, "a socket's address holds the whole path");
}

void server_url(std::string_view text) {
  std::string error;
  const auto url = lb::server_url(text, 8091, error);
  hold(url.has_value() == error.empty(), "a server is taken, or it is said why not");
  if (!url || text.find("://") != std::string_view::npos) return;
  hold(url->starts_with("tcp://") && Target::parse(std::string_view(*url).substr(6)).has_value(),
       "a server that is taken can be dialled");
  hold(lb::server_url(std::string_view(*url).substr(6), 1, error) == url, "a server's address is a server");
}

void api_server(std::string_view text) {
  kube::Access access;
  try {
    kube::set_server("https://" + std::string(text), "fuzz", access);
  } catch (const StartError&) {
    return;
  }
  const auto read = Target::parse(access.host);
  hold(read.has_value() && read->host == access.server_host && access.url == "tcp://" + access.host,
       "an API server can be dialled, and is verified by the name that is dialled");
  hold(std::ranges::none_of(access.base_path, [](char c) { return c == ' ' || c == '\r' || c == '\n'; }),
       "no path ends a request line");
  kube::Access again;
  kube::set_server("https://" + access.host + access.base_path, "fuzz", again);
  hold(again.host == access.host && again.base_path == access.base_path, "an API server is read as it was taken apart");
}

}  // namespace

// Addresses as peers and documents write them. Each reader's answer is one that the others understand.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 1000) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  target(text);
  tcp_url(text);
  uds_url(text);
  server_url(text);
  api_server(text);
  return 0;
}
