#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace konduit::test_support {

/// What a certificate shall say.
struct CertificateRequest {
  std::string common_name{};
  std::vector<std::string> organizations{};
  std::vector<std::string> dns_names{};
  std::vector<std::string> ip_addresses{};
  std::vector<std::string> uris{};
  std::chrono::seconds starts_in{-3600};
  std::chrono::seconds ends_in{24 * 3600};  ///< Negative: it has ended already.
};

/// A certificate and its key, as PEM text.
struct Identity {
  std::string certificate;
  std::string key;
};

/// A certificate authority with a fresh P-256 key. All functions throw std::runtime_error when OpenSSL refuses.
class Authority {
 public:
  explicit Authority(const std::string& common_name = "konduit test CA");
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  /// The authority's own certificate, as PEM text.
  const std::string& certificate() const noexcept;

  Identity issue(const CertificateRequest& request) const;
  /// For `name` and the loopback addresses: what most servers in tests want.
  Identity issue_server(const std::string& name = "localhost") const;
  Identity issue_client(const std::string& common_name, std::vector<std::string> organizations = {}) const;

  /// An authority below this one; its identities carry its certificate as the chain behind their own.
  std::unique_ptr<Authority> issue_authority(const std::string& common_name) const;

 private:
  struct Impl;
  explicit Authority(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace konduit::test_support
