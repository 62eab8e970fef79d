#pragma once

#include <memory>
#include <string>

#include "auth/name_list.hpp"
#include "konduit/authenticator.hpp"

namespace konduit::auth {

/// Which certificates are let in. A certificate must satisfy every list that is given, by one of its names in each.
/// Immutable; shared by the parts.
class CertificateRules {
 public:
  CertificateRules(const config::Node& node, Host& host);

  /// The list that `certificate` is not in, as the document calls it; empty if it may enter.
  std::string missing_from(const Certificate& certificate) const;

 private:
  NameList common_names_;
  NameList organizations_;
  NameList dns_names_;
  NameList uris_;
};

/// The name by which a certificate's owner is known: its common name, else its first alternative name, else its
/// subject.
std::string name_of(const Certificate& certificate);

/// Knows peers by the certificate that TLS verified.
class Mtls final : public Authenticator {
 public:
  Mtls(const config::Node& node, Host& host);
  std::unique_ptr<AuthenticatorPart> attach(Attachment& attachment) override;

 private:
  Host& host_;
  CertificateRules rules_;
};

class MtlsPart final : public AuthenticatorPart {
 public:
  /// `rules` and `host` outlive the part.
  MtlsPart(const CertificateRules& rules, Host& host) : rules_(rules), host_(host) {}

  awaitable<boost::system::result<Identity, Refusal>> authenticate(const Credentials& credentials) override;

 private:
  const CertificateRules& rules_;
  Host& host_;
};

}  // namespace konduit::auth
