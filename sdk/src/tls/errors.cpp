#include "tls/errors.hpp"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <boost/asio/ssl/error.hpp>

#include <algorithm>
#include <vector>

#include "konduit/asio.hpp"
#include "tls/certificate.hpp"
#include "tls/handles.hpp"

namespace konduit::tls {
namespace {

std::string reason_text(unsigned long code) {
  const char* reason = ERR_reason_error_string(code);
  return reason ? reason : "OpenSSL error " + std::to_string(code);
}

std::string names_of(const Certificate& certificate) {
  std::string names;
  const auto add = [&names](const std::string& name) { names += (names.empty() ? "" : ", ") + name; };
  std::ranges::for_each(certificate.dns_names, add);
  std::ranges::for_each(certificate.ip_addresses, add);
  return names.empty() ? "no name at all" : names;
}

std::string verification_text(long result, const X509* refused, std::string_view expected_host) {
  std::string text = "certificate verify failed: ";
  text += X509_verify_cert_error_string(result);
  if (!refused) return text;
  const Certificate certificate = read_certificate(*refused);
  if (result == X509_V_ERR_HOSTNAME_MISMATCH || result == X509_V_ERR_IP_ADDRESS_MISMATCH) {
    text += " (expected " + std::string(expected_host) + ", the certificate is for " + names_of(certificate) + ")";
  } else {
    text += " (certificate of " + (certificate.subject.empty() ? "an empty subject" : certificate.subject) + ")";
  }
  return text;
}

}  // namespace

void forget_errors() noexcept {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

std::string take_error_text() {
  // The first entry is the cause, later ones are what callers made of it.
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  return code ? reason_text(code) : std::string();
}

error_code take_error_code() noexcept {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (!code) return StreamErrc::protocol;
  return {static_cast<int>(code), asio::error::get_ssl_category()};
}

std::string describe_handshake_failure(SSL* ssl, const X509* refused, std::string_view expected_host) {
  const unsigned long code = ERR_peek_error();
  // A wrong signature is told by the cipher first; that the certificate did not pass comes last.
  const unsigned long last = ERR_peek_last_error();
  std::string text = take_error_text();
  const long verified = SSL_get_verify_result(ssl);
  if (ERR_GET_REASON(last) == SSL_R_CERTIFICATE_VERIFY_FAILED && verified != X509_V_OK) {
    return verification_text(verified, refused, expected_host);
  }
  if (ERR_GET_REASON(code) == SSL_R_HTTP_REQUEST) return "the peer speaks plain HTTP";
  if (ERR_GET_REASON(code) == SSL_R_WRONG_VERSION_NUMBER) return "the peer does not speak TLS (wrong version number)";
  return text.empty() ? "the TLS handshake failed for a reason that OpenSSL does not name" : text;
}

}  // namespace konduit::tls
