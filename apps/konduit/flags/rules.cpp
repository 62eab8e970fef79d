#include "flags/rules.hpp"

#include <filesystem>

namespace konduit::flags {

void check_file(const FlagValues& values, std::string_view name, config::Problems& problems) {
  const std::string& path = values.text(name);
  std::error_code unknown;
  if (!path.empty() && !std::filesystem::exists(path, unknown)) {
    values.error(name, "there is no file \"" + path + "\"", problems);
  }
}

void check_pair(const FlagValues& values, std::string_view cert, std::string_view key, config::Problems& problems) {
  bool has_cert = !values.text(cert).empty();
  bool has_key = !values.text(key).empty();
  if (has_cert && !has_key) values.error(cert, "needs --" + std::string(key) + " as well", problems);
  if (has_key && !has_cert) values.error(key, "needs --" + std::string(cert) + " as well", problems);
  check_file(values, cert, problems);
  check_file(values, key, problems);
}

void check_port(const FlagValues& values, std::string_view name, std::int64_t low, std::int64_t high, bool zero,
                config::Problems& problems) {
  std::int64_t port = values.integer(name);
  if ((port == 0 && zero) || (port >= low && port <= high)) return;
  values.error(name,
               "must be from " + std::to_string(low) + " to " + std::to_string(high) + (zero ? ", or 0" : "") +
                   ", found " + std::to_string(port),
               problems);
}

void check_required(const FlagValues& values, std::string_view name, std::string_view why, config::Problems& problems) {
  if (values.text(name).empty()) values.error(name, "is required " + std::string(why), problems);
}

std::string host_port(const std::string& host, const std::string& port) {
  bool bare_v6 = host.find(':') != std::string::npos && !host.starts_with('[');
  return (bare_v6 ? "[" + host + "]" : host) + ":" + port;
}

config::Node tcp_listener(const FlagValues& values, std::string_view address, std::string_view port) {
  std::string url = "tcp://" + host_port(values.text(address), values.text(port));
  config::Node listen;
  bool by_address = values.given(address) && !values.given(port);
  listen.add("url", values.node(by_address ? address : port, std::move(url)));
  config::Node section;
  section.add("listen", std::move(listen));
  return section;
}

void add_text(config::Node& map, std::string_view key, const FlagValues& values, std::string_view name) {
  if (!values.text(name).empty()) map.add(std::string(key), values.node(name));
}

config::Node fixed(std::string text) {
  return config::Node::scalar(std::move(text), {}, config::Origin::component_default);
}

config::Node empty_map() { return config::Node::map({}); }

void add_tls_rules(config::Node& tls, const FlagValues& values, config::Problems& problems) {
  const std::string& version = values.text("tls-min-version");
  if (version == "VersionTLS12" || version == "VersionTLS13") {
    tls.add("min_version", values.node("tls-min-version", version == "VersionTLS12" ? "1.2" : "1.3"));
  } else if (!version.empty()) {
    values.error("tls-min-version", "must be VersionTLS12 or VersionTLS13, found \"" + version + "\"", problems);
  }
  std::vector<std::string> suites = values.list("cipher-suites");
  if (suites.empty()) return;
  config::Node list;
  for (std::string& suite : suites) list.add(values.node("cipher-suites", std::move(suite)));
  tls.add("cipher_suites", std::move(list));
}

}  // namespace konduit::flags
