#pragma once

#include <string>
#include <vector>

#include "tls/handles.hpp"

namespace konduit::tls {

/// Reads PEM files. All throw StartError, which names the file and what is wrong with it; `what` says whose it is
/// ("certificate", "CA").

/// At least one certificate, in the file's order.
std::vector<X509Handle> read_certificates(const std::string& path, const char* what);

/// Keys with a passphrase are refused: nobody is there to type it.
KeyHandle read_key(const std::string& path);

}  // namespace konduit::tls
