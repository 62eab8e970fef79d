#include "konduit/tls_schema.hpp"

namespace konduit::config {
namespace {

constexpr const char* kVersionSummary = "The oldest TLS version that is spoken.";
constexpr const char* kSuitesSummary = "Allowed cipher suites by IANA's names; without it OpenSSL's defaults.";
constexpr const char* kAlpnSummary = "Application protocols beside the component's own, in order of preference.";

constexpr Field kServerFields[] = {
    {.name = "cert", .type = Type::path, .summary = "PEM file: the certificate, then its chain.", .required = true},
    {.name = "key", .type = Type::path, .summary = "PEM file: the certificate's private key.", .required = true},
    {.name = "client_ca",
     .type = Type::path,
     .summary = "PEM file: clients must show a certificate of one of these authorities."},
    {.name = "min_version",
     .type = Type::choice,
     .summary = kVersionSummary,
     .default_value = "\"1.2\"",
     .detail = "1.2|1.3"},
    {.name = "cipher_suites", .type = Type::list, .summary = kSuitesSummary, .element = Type::text},
    {.name = "alpn", .type = Type::list, .summary = kAlpnSummary, .element = Type::text},
};

constexpr Field kClientFields[] = {
    {.name = "ca",
     .type = Type::path,
     .summary = "PEM file: the authorities of which the server's certificate must be; without it the system's."},
    {.name = "cert", .type = Type::path, .summary = "PEM file: the client's certificate, then its chain."},
    {.name = "key", .type = Type::path, .summary = "PEM file: the private key of cert."},
    {.name = "server_name",
     .summary = "Name or address that the server's certificate must carry; without it the url's host."},
    {.name = "min_version",
     .type = Type::choice,
     .summary = kVersionSummary,
     .default_value = "\"1.2\"",
     .detail = "1.2|1.3"},
    {.name = "cipher_suites", .type = Type::list, .summary = kSuitesSummary, .element = Type::text},
    {.name = "alpn", .type = Type::list, .summary = kAlpnSummary, .element = Type::text},
};

template <std::size_t N>
constexpr Schema schema_of(const Field (&fields)[N]) {
  return {fields, static_cast<std::uint32_t>(N)};
}

}  // namespace

constinit const Schema tls_server_schema = schema_of(kServerFields);
constinit const Schema tls_client_schema = schema_of(kClientFields);

}  // namespace konduit::config
