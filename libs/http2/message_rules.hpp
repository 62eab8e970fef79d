#pragma once

#include <string_view>

#include "http2/headers.hpp"

/// What makes an HTTP message well-formed (RFC 9113 8.2, 8.3), as far as a proxy must care. More lenient than nghttp2
/// in one thing: an :authority may be any text, since kube-apiservers that speak over a Unix socket send its path.
namespace konduit::http2 {

/// A name as a peer sent it: a token without upper case, a pseudo-field's colon allowed in front.
bool valid_field_name(std::string_view name) noexcept;

/// No NUL, CR or LF.
bool valid_field_value(std::string_view value) noexcept;

/// These say what is wrong, as constant text; empty if nothing.
std::string_view request_fault(const Headers& headers) noexcept;
std::string_view response_fault(const Headers& headers) noexcept;
std::string_view trailers_fault(const Headers& headers) noexcept;

/// A response before the real one (1xx).
bool informational(const Headers& response) noexcept;

}  // namespace konduit::http2
