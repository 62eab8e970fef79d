#include "tls/context.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "konduit/error.hpp"
#include "tls/certificate.hpp"
#include "tls/ciphers.hpp"
#include "tls/errors.hpp"
#include "tls/gcm_provider.hpp"
#include "tls/pem.hpp"

namespace konduit::tls {
namespace {

std::string alpn_wire_format(const std::vector<std::string>& protocols) {
  std::string wire;
  for (const std::string& protocol : protocols) {
    if (protocol.empty() || protocol.size() > 255) {
      throw StartError("the ALPN name '" + protocol + "' must have 1 to 255 characters");
    }
    wire += static_cast<char>(protocol.size());
    wire += protocol;
  }
  return wire;
}

/// The server's choice: the first of its own names that the client offers.
int select_alpn(SSL* ssl, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                unsigned offered_size, void* own) noexcept {
  const auto& wire = *static_cast<const std::string*>(own);
  unsigned char* selected = nullptr;
  const int result = SSL_select_next_proto(&selected, out_size, reinterpret_cast<const unsigned char*>(wire.data()),
                                           static_cast<unsigned>(wire.size()), offered, offered_size);
  if (result == OPENSSL_NPN_NEGOTIATED) {
    *out = selected;
    return SSL_TLSEXT_ERR_OK;
  }
  const bool required = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)) != nullptr;
  return required ? SSL_TLSEXT_ERR_ALERT_FATAL : SSL_TLSEXT_ERR_NOACK;
}

/// Keeps the certificate that did not pass for the text of the error: OpenSSL itself forgets it.
int note_refused(int passed, X509_STORE_CTX* verification) noexcept {
  if (passed == 1) return passed;
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx()));
  X509* certificate = X509_STORE_CTX_get_current_cert(verification);
  auto* refused = ssl ? static_cast<X509Handle*>(SSL_get_app_data(ssl)) : nullptr;
  if (refused && certificate && X509_up_ref(certificate) == 1) refused->reset(certificate);
  return passed;
}

int version_number(const std::string& version) {
  if (version == "1.2") return TLS1_2_VERSION;
  if (version == "1.3") return TLS1_3_VERSION;
  throw StartError("the minimum TLS version '" + version + "' must be 1.2 or 1.3");
}

void apply_rules(SSL_CTX& context) {
  SSL_CTX_set_mode(&context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  // Nobody here resumes sessions: links live long, and stock clients keep no cache. So none is kept and no ticket is
  // sent.
  SSL_CTX_set_options(&context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(&context, 0);
  // As stock peers judge: any certificate in the CA file is an anchor, and the subject's common name is not a host
  // name.
  X509_VERIFY_PARAM* verification = SSL_CTX_get0_param(&context);
  X509_VERIFY_PARAM_set_flags(verification, X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_hostflags(verification,
                                  X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
}

}  // namespace

struct Context::Loaded {
  SslContextHandle handle;
  std::chrono::system_clock::time_point not_after = std::chrono::system_clock::time_point::max();
};

Context::Context(TlsSettings settings, Role role) : Context(std::move(settings), role, nullptr) {}

Context::Context(TlsSettings settings, TlsMaterial material)
    : Context(std::move(settings), Role::client, std::make_unique<const TlsMaterial>(std::move(material))) {}

Context::Context(TlsSettings settings, Role role, std::unique_ptr<const TlsMaterial> material)
    : settings_(std::move(settings)),
      role_(role),
      material_(std::move(material)),
      alpn_(alpn_wire_format(settings_.alpn)),
      loaded_(load()) {}

TlsMaterial Context::read() const {
  if (material_) return *material_;
  if (settings_.cert.empty() != settings_.key.empty()) throw StartError("a TLS certificate and its key come together");
  TlsMaterial material;
  if (!settings_.cert.empty()) {
    material.cert = read_pem(settings_.cert, "certificate");
    material.key = read_pem(settings_.key, "key");
  }
  if (!settings_.ca.empty()) material.ca = read_pem(settings_.ca, "CA");
  return material;
}

std::string Context::source(const char* what, const std::string& name) const {
  return std::string(what) + (material_ ? " of " : " file ") + name;
}

void Context::load_own_certificate(Loaded& loaded, const TlsMaterial& material) const {
  const auto chain = parse_certificates(material.cert, source("certificate", settings_.cert));
  const KeyHandle key = parse_key(material.key, source("key", settings_.key));
  if (X509_check_private_key(chain.front().get(), key.get()) != 1) {
    ERR_clear_error();
    throw StartError(source("key", settings_.key) + " does not match the first certificate of " + settings_.cert);
  }
  SSL_CTX* context = loaded.handle.get();
  bool ok =
      SSL_CTX_use_certificate(context, chain.front().get()) == 1 && SSL_CTX_use_PrivateKey(context, key.get()) == 1;
  for (std::size_t i = 1; ok && i < chain.size(); ++i) ok = SSL_CTX_add1_chain_cert(context, chain[i].get()) == 1;
  if (!ok) throw StartError("OpenSSL refuses the certificate in " + settings_.cert + ": " + take_error_text());
  // Peers refuse the whole chain when one link of it has ended.
  for (const X509Handle& link : chain) {
    loaded.not_after = std::min(loaded.not_after, time_of(X509_get0_notAfter(link.get())));
  }
}

void Context::load_authorities(Loaded& loaded, const TlsMaterial& material) const {
  X509_STORE* store = SSL_CTX_get_cert_store(loaded.handle.get());
  for (const X509Handle& certificate : parse_certificates(material.ca, source("CA", settings_.ca))) {
    if (X509_STORE_add_cert(store, certificate.get()) != 1) {
      throw StartError("OpenSSL refuses a certificate in " + source("CA", settings_.ca) + ": " + take_error_text());
    }
    // Clients with several certificates choose by this list.
    if (role_ == Role::server) SSL_CTX_add_client_CA(loaded.handle.get(), certificate.get());
  }
}

std::shared_ptr<const Context::Loaded> Context::load() const {
  ERR_clear_error();
  auto loaded = std::make_shared<Loaded>();
  loaded->handle.reset(SSL_CTX_new_ex(nullptr, fast_gcm_query(), TLS_method()));
  if (!loaded->handle) throw StartError("OpenSSL cannot make a TLS context: " + take_error_text());
  SSL_CTX& context = *loaded->handle;
  apply_rules(context);
  SSL_CTX_set_min_proto_version(&context, version_number(settings_.min_version));
  if (!settings_.cipher_suites.empty()) apply_cipher_suites(context, settings_.cipher_suites);

  const TlsMaterial material = read();
  // What is named counts and not what is in it: a file that is empty for a moment must not let everybody in.
  const bool has_cert = !settings_.cert.empty() || !material.cert.empty();
  const bool has_ca = !settings_.ca.empty() || !material.ca.empty();
  if (has_cert) load_own_certificate(*loaded, material);
  if (has_ca) load_authorities(*loaded, material);

  if (role_ == Role::server) {
    if (!has_cert) throw StartError("a TLS server needs a certificate and its key");
    constexpr int kDemand = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    if (has_ca) SSL_CTX_set_verify(&context, kDemand, note_refused);
    if (!alpn_.empty()) SSL_CTX_set_alpn_select_cb(&context, select_alpn, const_cast<std::string*>(&alpn_));
    if (settings_.require_alpn) SSL_CTX_set_app_data(&context, this);
  } else {
    SSL_CTX_set_verify(&context, SSL_VERIFY_PEER, note_refused);
    if (!has_ca && SSL_CTX_set_default_verify_paths(&context) != 1) {
      throw StartError("cannot load the system's root certificates: " + take_error_text());
    }
    SSL_CTX_set_alpn_protos(&context, reinterpret_cast<const unsigned char*>(alpn_.data()),
                            static_cast<unsigned>(alpn_.size()));
  }
  ERR_clear_error();
  return loaded;
}

std::shared_ptr<const Context::Loaded> Context::current() const {
  const std::lock_guard lock(mutex_);
  return loaded_;
}

Result<void> Context::reload(std::string& error) {
  try {
    auto fresh = load();
    const std::lock_guard lock(mutex_);
    loaded_.swap(fresh);
    return {};
  } catch (const std::exception& failure) {
    error = failure.what();
    return make_error_code(boost::system::errc::invalid_argument);
  }
}

std::chrono::system_clock::time_point Context::not_after() const { return current()->not_after; }

SslHandle Context::new_session(X509Handle* refused) const {
  SslHandle ssl(SSL_new(current()->handle.get()));
  if (!ssl) return ssl;
  SSL_set_app_data(ssl.get(), refused);
  if (role_ == Role::server) {
    SSL_set_accept_state(ssl.get());
  } else {
    SSL_set_connect_state(ssl.get());
  }
  return ssl;
}

}  // namespace konduit::tls

namespace konduit {

std::shared_ptr<TlsContext> TlsContext::server(const TlsSettings& settings) {
  return std::make_shared<tls::Context>(settings, tls::Role::server);
}

std::shared_ptr<TlsContext> TlsContext::client(const TlsSettings& settings) {
  return std::make_shared<tls::Context>(settings, tls::Role::client);
}

std::shared_ptr<TlsContext> TlsContext::client(const TlsSettings& settings, const TlsMaterial& material) {
  return std::make_shared<tls::Context>(settings, material);
}

}  // namespace konduit
