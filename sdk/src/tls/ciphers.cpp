#include "tls/ciphers.hpp"

#include <string_view>

#include "konduit/error.hpp"
#include "tls/errors.hpp"

namespace konduit::tls {
namespace {

/// OpenSSL's own name of a suite; empty if it does not know it.
std::string own_name(const std::string& iana_name) {
  const std::string_view name = OPENSSL_cipher_name(iana_name.c_str());
  return name == "(NONE)" ? std::string() : std::string(name);
}

bool only_for_tls13(std::string_view name) { return name.starts_with("TLS_AES_") || name.starts_with("TLS_CHACHA20_"); }

void append(std::string& list, const std::string& name, char separator) {
  if (!list.empty()) list += separator;
  list += name;
}

}  // namespace

void apply_cipher_suites(SSL_CTX& context, const std::vector<std::string>& names) {
  std::string tls12;
  std::string tls13;
  std::string unknown;
  for (const std::string& name : names) {
    std::string own = own_name(name);
    // Go knows these two under names without the hash, and manifests carry them.
    if (own.empty() && name.ends_with("_CHACHA20_POLY1305")) own = own_name(name + "_SHA256");
    if (own.empty()) {
      append(unknown, name, ' ');
    } else if (only_for_tls13(own)) {
      append(tls13, own, ':');
    } else {
      append(tls12, own, ':');
    }
  }
  if (!unknown.empty())
    throw StartError("unknown cipher suites: " + unknown + " (names are IANA's, as TLS_AES_128_GCM_SHA256)");
  if (!tls13.empty() && SSL_CTX_set_ciphersuites(&context, tls13.c_str()) != 1) {
    throw StartError("OpenSSL refuses the cipher suites " + tls13 + ": " + take_error_text());
  }
  if (tls12.empty()) {
    if (!tls13.empty()) SSL_CTX_set_min_proto_version(&context, TLS1_3_VERSION);
  } else if (SSL_CTX_set_cipher_list(&context, tls12.c_str()) != 1) {
    throw StartError("OpenSSL refuses the cipher suites " + tls12 + ": " + take_error_text());
  }
}

}  // namespace konduit::tls
