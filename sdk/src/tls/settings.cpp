#include "konduit/tls.hpp"

namespace konduit {

TlsSettings TlsSettings::from(const config::Node& node) {
  TlsSettings settings;
  settings.cert = node["cert"].text();
  settings.key = node["key"].text();
  settings.ca = node.has("client_ca") ? node["client_ca"].text() : node["ca"].text();
  settings.server_name = node["server_name"].text();
  if (const auto& version = node["min_version"]) settings.min_version = version.text();
  settings.cipher_suites = node["cipher_suites"].texts();
  settings.alpn = node["alpn"].texts();
  return settings;
}

}  // namespace konduit
