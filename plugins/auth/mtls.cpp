#include "auth/mtls.hpp"

#include <utility>

namespace konduit::auth {

CertificateRules::CertificateRules(const config::Node& node, Host& host)
    : common_names_(node["common_names"], NameList::Rule::text, host),
      organizations_(node["organizations"], NameList::Rule::exact, host),
      dns_names_(node["dns_names"], NameList::Rule::dns, host),
      uris_(node["uris"], NameList::Rule::exact, host) {}

std::string CertificateRules::missing_from(const Certificate& certificate) const {
  if (common_names_.given() && !common_names_.holds(certificate.common_name)) return "common_names";
  if (organizations_.given() && !organizations_.holds_any(certificate.organizations)) return "organizations";
  if (dns_names_.given() && !dns_names_.holds_any(certificate.dns_names)) return "dns_names";
  if (uris_.given() && !uris_.holds_any(certificate.uris)) return "uris";
  return {};
}

std::string name_of(const Certificate& certificate) {
  if (!certificate.common_name.empty()) return certificate.common_name;
  for (const auto* names : {&certificate.dns_names, &certificate.uris, &certificate.ip_addresses}) {
    if (!names->empty()) return names->front();
  }
  return certificate.subject;
}

Mtls::Mtls(const config::Node& node, Host& host) : host_(host), rules_(node, host) {}

std::unique_ptr<AuthenticatorPart> Mtls::attach(Attachment&) { return std::make_unique<MtlsPart>(rules_, host_); }

awaitable<boost::system::result<Identity, Refusal>> MtlsPart::authenticate(const Credentials& credentials) {
  const auto* certificate = credentials.peer ? credentials.peer->certificate.get() : nullptr;
  if (!certificate) {
    co_return Refusal{Refusal::Reason::unauthenticated, "a client certificate is required"};
  }
  if (const auto list = rules_.missing_from(*certificate); !list.empty()) {
    co_return Refusal{Refusal::Reason::forbidden, "the certificate of \"" + name_of(*certificate) +
                                                      "\" is not allowed: not in " + list + " of " + host_.id()};
  }
  co_return Identity(name_of(*certificate));
}

}  // namespace konduit::auth
