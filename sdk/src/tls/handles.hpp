#pragma once

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>

namespace konduit::tls {

/// Deletes any of OpenSSL's objects that are used here; stateless, so a handle is one pointer.
struct HandleDelete {
  void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
  void operator()(BIO_METHOD* method) const noexcept { BIO_meth_free(method); }
  void operator()(GENERAL_NAMES* names) const noexcept { GENERAL_NAMES_free(names); }
};

using SslHandle = std::unique_ptr<SSL, HandleDelete>;
using SslContextHandle = std::unique_ptr<SSL_CTX, HandleDelete>;
using X509Handle = std::unique_ptr<X509, HandleDelete>;
using KeyHandle = std::unique_ptr<EVP_PKEY, HandleDelete>;
using BioHandle = std::unique_ptr<BIO, HandleDelete>;
using BioMethodHandle = std::unique_ptr<BIO_METHOD, HandleDelete>;
using GeneralNamesHandle = std::unique_ptr<GENERAL_NAMES, HandleDelete>;

}  // namespace konduit::tls
