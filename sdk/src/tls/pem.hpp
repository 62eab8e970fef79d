#pragma once

#include <string>
#include <vector>

#include "tls/handles.hpp"

namespace konduit::tls {

// All throw StartError, which says what is wrong and where: `what` and `source` go into its text ("certificate", "CA
// file /etc/ca.pem").

std::string read_pem(const std::string& path, const std::string& what);

/// At least one certificate, in the text's order.
std::vector<X509Handle> parse_certificates(const std::string& text, const std::string& source);

/// Keys with a passphrase are refused: nobody is there to type it.
KeyHandle parse_key(const std::string& text, const std::string& source);

}  // namespace konduit::tls
