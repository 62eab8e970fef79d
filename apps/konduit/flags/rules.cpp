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

void check_at_least(const FlagValues& values, std::string_view name, std::int64_t least, config::Problems& problems) {
  if (values.integer(name) < least) values.error(name, "must be " + std::to_string(least) + " or more", problems);
}

void check_not_negative(const FlagValues& values, std::string_view name, config::Problems& problems) {
  if (values.duration(name) < Duration::zero()) values.error(name, "must be 0 or more", problems);
}

void check_labels(const FlagValues& values, std::string_view name, config::Problems& problems) {
  if (values.text(name).empty()) return values.error(name, "must be KEY=VALUE,…", problems);
  for (const std::string& label : split_list(values.text(name))) {
    const std::size_t equals = label.find('=');
    if (equals != std::string::npos && label.find('=', equals + 1) == std::string::npos) continue;
    values.error(name, "must be KEY=VALUE,…, found \"" + label + "\"", problems);
  }
}

void check_profiling(const FlagValues& values, config::Problems& problems) {
  if (values.boolean("enable-contention-profiling") && !values.boolean("enable-profiling")) {
    values.error("enable-contention-profiling", "needs --enable-profiling as well", problems);
  }
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

config::Node boolean(const FlagValues& values, std::string_view name) {
  return values.node(name, values.boolean(name) ? "true" : "false");
}

void add_profiling(config::Node& admin, const FlagValues& values) {
  if (values.boolean("enable-profiling")) admin.add("profiling", boolean(values, "enable-profiling"));
}

config::Node fixed(std::string text) {
  return config::Node::scalar(std::move(text), {}, config::Origin::component_default);
}

config::Node empty_map() { return config::Node::map({}); }

void add_tls_rules(config::Node& tls, const FlagValues& values, config::Problems& problems) {
  const std::string& version = values.text("tls-min-version");
  const bool old = version == "VersionTLS10" || version == "VersionTLS11";
  if (old || version == "VersionTLS12" || version == "VersionTLS13") {
    tls.add("min_version", values.node("tls-min-version", version == "VersionTLS13" ? "1.3" : "1.2"));
  } else if (!version.empty()) {
    values.error("tls-min-version",
                 "must be VersionTLS10, VersionTLS11, VersionTLS12 or VersionTLS13, found \"" + version + "\"",
                 problems);
  }
  if (old) values.warn("tls-min-version", "TLS below 1.2 is not spoken (RFC 8996): 1.2 is the oldest", problems);
  std::vector<std::string> suites = values.list("cipher-suites");
  if (suites.empty()) return;
  config::Node list;
  for (std::string& suite : suites) list.add(values.node("cipher-suites", std::move(suite)));
  tls.add("cipher_suites", std::move(list));
}

}  // namespace konduit::flags
