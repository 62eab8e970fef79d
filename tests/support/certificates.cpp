#include "support/certificates.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <stdexcept>
#include <utility>

namespace konduit::test_support {
namespace {

struct HandleDelete {
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
  void operator()(X509_EXTENSION* extension) const noexcept { X509_EXTENSION_free(extension); }
};
using CertificateHandle = std::unique_ptr<X509, HandleDelete>;
using KeyHandle = std::unique_ptr<EVP_PKEY, HandleDelete>;
using BioHandle = std::unique_ptr<BIO, HandleDelete>;
using ExtensionHandle = std::unique_ptr<X509_EXTENSION, HandleDelete>;

void require(bool ok, const char* what) {
  if (ok) return;
  const char* reason = ERR_reason_error_string(ERR_get_error());
  throw std::runtime_error(std::string("cannot ") + what + ": " + (reason ? reason : "unknown reason"));
}

template <class Write>
std::string pem(Write write) {
  const BioHandle bio(BIO_new(BIO_s_mem()));
  require(bio && write(bio.get()) == 1, "write PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
  return pem([certificate](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

std::string pem_of(EVP_PKEY* key) {
  return pem([key](BIO* bio) { return PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); });
}

void add_name(X509_NAME* name, const char* field, const std::string& value) {
  require(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(value.data()),
                                     static_cast<int>(value.size()), -1, 0) == 1,
          "add a name");
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const ExtensionHandle extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "add an extension");
}

std::string alternative_names(const CertificateRequest& request) {
  std::string text;
  const auto add = [&text](const char* kind, const std::vector<std::string>& names) {
    for (const auto& name : names) text += (text.empty() ? "" : ",") + std::string(kind) + ":" + name;
  };
  add("DNS", request.dns_names);
  add("IP", request.ip_addresses);
  add("URI", request.uris);
  return text;
}

CertificateHandle unsigned_certificate(const CertificateRequest& request, EVP_PKEY* key) {
  CertificateHandle certificate(X509_new());
  require(certificate != nullptr, "make a certificate");
  X509_set_version(certificate.get(), 2);
  std::uint64_t serial = 0;
  require(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "draw a serial number");
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), request.starts_in.count());
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), request.ends_in.count());
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  for (const auto& organization : request.organizations) add_name(name, "O", organization);
  if (!request.common_name.empty()) add_name(name, "CN", request.common_name);
  return certificate;
}

}  // namespace

struct Authority::Impl {
  KeyHandle key;
  CertificateHandle certificate;
  std::string text;
  std::string chain;  // goes behind every certificate issued; empty for a root

  static std::unique_ptr<Impl> make(const std::string& common_name, const Impl* parent) {
    auto impl = std::make_unique<Impl>();
    impl->key.reset(EVP_EC_gen("P-256"));
    require(impl->key != nullptr, "make a key");
    impl->certificate = unsigned_certificate({.common_name = common_name}, impl->key.get());
    X509* own = impl->certificate.get();
    X509* issuer = parent ? parent->certificate.get() : own;
    X509_set_issuer_name(own, X509_get_subject_name(issuer));
    add_extension(own, issuer, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(own, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(own, issuer, NID_subject_key_identifier, "hash");
    require(X509_sign(own, parent ? parent->key.get() : impl->key.get(), EVP_sha256()) > 0, "sign");
    impl->text = pem_of(own);
    if (parent) impl->chain = impl->text + parent->chain;
    return impl;
  }
};

Authority::Authority(const std::string& common_name) : impl_(Impl::make(common_name, nullptr)) {}
Authority::Authority(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Authority::~Authority() = default;

const std::string& Authority::certificate() const noexcept { return impl_->text; }

Identity Authority::issue(const CertificateRequest& request) const {
  const KeyHandle key(EVP_EC_gen("P-256"));
  require(key != nullptr, "make a key");
  const CertificateHandle certificate = unsigned_certificate(request, key.get());
  X509* issuer = impl_->certificate.get();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer));
  add_extension(certificate.get(), issuer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate.get(), issuer, NID_ext_key_usage, "serverAuth,clientAuth");
  const std::string names = alternative_names(request);
  if (!names.empty()) add_extension(certificate.get(), issuer, NID_subject_alt_name, names);
  require(X509_sign(certificate.get(), impl_->key.get(), EVP_sha256()) > 0, "sign");
  return {.certificate = pem_of(certificate.get()) + impl_->chain, .key = pem_of(key.get())};
}

Identity Authority::issue_server(const std::string& name) const {
  return issue({.common_name = name, .dns_names = {name}, .ip_addresses = {"127.0.0.1", "::1"}});
}

Identity Authority::issue_client(const std::string& common_name, std::vector<std::string> organizations) const {
  return issue({.common_name = common_name, .organizations = std::move(organizations)});
}

std::unique_ptr<Authority> Authority::issue_authority(const std::string& common_name) const {
  return std::unique_ptr<Authority>(new Authority(Impl::make(common_name, impl_.get())));
}

}  // namespace konduit::test_support
