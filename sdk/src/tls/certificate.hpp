#pragma once

#include <openssl/x509.h>

#include <chrono>

#include "konduit/peer.hpp"

namespace konduit::tls {

/// What the rest of the program may know of a certificate.
Certificate read_certificate(const X509& certificate);

std::chrono::system_clock::time_point time_of(const ASN1_TIME* time);

}  // namespace konduit::tls
