#include "flags/proxy_environment.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <utility>

#include "flags/rules.hpp"

namespace konduit::flags {
namespace {

namespace ip = boost::asio::ip;

constexpr std::array kVariables = {"HTTPS_PROXY", "https_proxy"};

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return std::tolower(c); });
  return result;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// What is no escape stays as it is.
std::string percent_decoded(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned byte = 0;
    const std::string_view digits = text.substr(std::min(at + 1, text.size()), 2);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    const bool escape = text[at] == '%' && digits.size() == 2 && error == std::errc() && end == digits.data() + 2;
    plain += escape ? static_cast<char>(byte) : text[at];
    if (escape) at += 2;
  }
  return plain;
}

std::optional<ip::address> address_of(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  boost::system::error_code failure;
  const auto address = ip::make_address(std::string(text), failure);
  return failure ? std::nullopt : std::optional(address);
}

/// "host:port" in its parts; without a port the second is empty.
std::pair<std::string_view, std::string_view> split_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const bool bare_v6 =
      colon != std::string_view::npos && text.find(':') != colon && text.find(']') == std::string_view::npos;
  const bool in_brackets = text.ends_with(']');
  if (colon == std::string_view::npos || bare_v6 || in_brackets) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

bool in_network(const ip::address& address, std::string_view text) {
  boost::system::error_code failure;
  if (address.is_v4()) {
    const auto network = ip::make_network_v4(std::string(text), failure);
    return !failure && ip::network_v4(address.to_v4(), network.prefix_length()).canonical() == network.canonical();
  }
  const auto network = ip::make_network_v6(std::string(text), failure);
  return !failure && ip::network_v6(address.to_v6(), network.prefix_length()).canonical() == network.canonical();
}

/// One item of NO_PROXY against a host in lower case.
bool bypasses(std::string_view item, std::string_view host, std::string_view port) {
  if (item == "*") return true;
  const auto address = address_of(host);
  if (item.find('/') != std::string_view::npos) return address && in_network(*address, item);
  auto [name, wanted_port] = split_port(item);
  if (!wanted_port.empty() && wanted_port != port) return false;
  if (const auto wanted = address_of(name)) return address == wanted;
  if (name.starts_with("*.")) name.remove_prefix(1);
  if (name.empty()) return false;
  if (name.starts_with('.')) return host.ends_with(name);
  return host == name || (host.ends_with(name) && host[host.size() - name.size() - 1] == '.');
}

bool reached_directly(std::string_view host, std::string_view port, std::string_view no_proxy) {
  if (host == "localhost") return true;
  if (const auto address = address_of(host); address && address->is_loopback()) return true;
  while (!no_proxy.empty()) {
    const std::size_t comma = no_proxy.find(',');
    const std::string item = lower(trimmed(no_proxy.substr(0, comma)));
    if (!item.empty() && bypasses(item, host, port)) return true;
    no_proxy = comma == std::string_view::npos ? std::string_view() : no_proxy.substr(comma + 1);
  }
  return false;
}

UpstreamProxy parse_proxy(std::string variable, std::string_view text) {
  UpstreamProxy proxy{.variable = std::move(variable)};
  std::string_view rest = text;
  const std::size_t scheme_end = rest.find("://");
  const std::string scheme = scheme_end == std::string_view::npos ? "http" : lower(rest.substr(0, scheme_end));
  if (scheme_end != std::string_view::npos) rest.remove_prefix(scheme_end + 3);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
    const std::string_view user = rest.substr(0, at);
    const std::size_t colon = std::min(user.find(':'), user.size());
    proxy.username = percent_decoded(user.substr(0, colon));
    proxy.password = percent_decoded(user.substr(std::min(colon + 1, user.size())));
    rest.remove_prefix(at + 1);
  }
  const auto [host, port] = split_port(rest);
  proxy.tls = scheme == "https";
  if (scheme != "http" && scheme != "https") {
    proxy.fault = "only proxies by http:// and https:// can be used, found " + scheme + "://";
  } else if (host.empty()) {
    proxy.fault = "it names no host";
  } else {
    proxy.url = "tcp://" + host_port(std::string(host), port.empty() ? (proxy.tls ? "443" : "80") : std::string(port));
  }
  return proxy;
}

}  // namespace

std::string process_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value != nullptr ? value : "";
}

bool proxy_is_set(const Environment& environment) {
  return std::ranges::any_of(kVariables, [&](const char* variable) { return !environment(variable).empty(); });
}

std::optional<UpstreamProxy> proxy_for(std::string_view host, std::string_view port, const Environment& environment) {
  for (const char* variable : kVariables) {
    const std::string text = environment(variable);
    if (text.empty()) continue;
    std::string exceptions = environment("NO_PROXY");
    if (exceptions.empty()) exceptions = environment("no_proxy");
    if (reached_directly(lower(host), port, exceptions)) return std::nullopt;
    return parse_proxy(variable, text);
  }
  return std::nullopt;
}

}  // namespace konduit::flags
