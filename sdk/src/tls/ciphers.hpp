#pragma once

#include <openssl/ssl.h>

#include <string>
#include <vector>

namespace konduit::tls {

/// Allows the suites that `names` lists (IANA's names, and Go's short ones for ChaCha20) and no others. TLS 1.3 keeps
/// its own where none of its suites is listed; without one for TLS 1.2 that version is switched off. Throws StartError
/// that lists what is not known.
void apply_cipher_suites(SSL_CTX& context, const std::vector<std::string>& names);

}  // namespace konduit::tls
