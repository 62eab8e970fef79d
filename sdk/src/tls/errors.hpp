#pragma once

#include <openssl/ssl.h>

#include <string>
#include <string_view>

#include "konduit/result.hpp"

namespace konduit::tls {

/// Empties OpenSSL's error queue of this thread. For calls that come with every record: it costs next to nothing where
/// the queue is empty, while ERR_clear_error() goes through all its places each time.
void forget_errors() noexcept;

/// What OpenSSL's error queue of this thread holds, as words: "no shared cipher". Empties it. Empty if there was
/// nothing.
std::string take_error_text();

/// The same for a read or write that failed on an established session: an error code of Asio's TLS category, whose
/// message names the reason ("tlsv13 alert certificate required"); StreamErrc::protocol if the queue says nothing.
/// Empties it.
error_code take_error_code() noexcept;

/// Why a handshake failed, verification of the peer's certificate above all: `refused` is the one that did not pass, if
/// any. Empties the error queue.
std::string describe_handshake_failure(SSL* ssl, const X509* refused, std::string_view expected_host);

}  // namespace konduit::tls
