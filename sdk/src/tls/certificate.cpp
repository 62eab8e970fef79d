#include "tls/certificate.hpp"

#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <ctime>
#include <string_view>

#include "konduit/asio.hpp"
#include "tls/handles.hpp"

namespace konduit::tls {
namespace {

std::string text_of(const ASN1_STRING* value) {
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, value);
  if (size < 0) return {};
  std::string text(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
  OPENSSL_free(utf8);
  return text;
}

std::string raw_text_of(const ASN1_STRING* value) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
          static_cast<std::size_t>(ASN1_STRING_length(value))};
}

std::string rfc4514_text(const X509_NAME* name) {
  const BioHandle memory(BIO_new(BIO_s_mem()));
  // UTF-8 stays readable: RFC 4514 asks for escapes only where a character means something.
  if (!memory || X509_NAME_print_ex(memory.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0) return {};
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<std::size_t>(std::max(size, 0L))};
}

std::vector<std::string> entries_of(const X509_NAME* name, int kind) {
  std::vector<std::string> texts;
  for (int at = X509_NAME_get_index_by_NID(name, kind, -1); at >= 0; at = X509_NAME_get_index_by_NID(name, kind, at)) {
    texts.push_back(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at))));
  }
  return texts;
}

std::string address_text(const ASN1_OCTET_STRING* value) {
  const unsigned char* data = ASN1_STRING_get0_data(value);
  const int size = ASN1_STRING_length(value);
  if (size == 4) {
    asio::ip::address_v4::bytes_type bytes;
    std::copy_n(data, bytes.size(), bytes.begin());
    return asio::ip::address_v4(bytes).to_string();
  }
  if (size == 16) {
    asio::ip::address_v6::bytes_type bytes;
    std::copy_n(data, bytes.size(), bytes.begin());
    return asio::ip::address_v6(bytes).to_string();
  }
  return {};
}

void read_alternative_names(const X509& certificate, Certificate& out) {
  const GeneralNamesHandle names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS) out.dns_names.push_back(raw_text_of(name->d.dNSName));
    if (name->type == GEN_URI) out.uris.push_back(raw_text_of(name->d.uniformResourceIdentifier));
    if (name->type != GEN_IPADD) continue;
    if (auto text = address_text(name->d.iPAddress); !text.empty()) out.ip_addresses.push_back(std::move(text));
  }
}

}  // namespace

std::chrono::system_clock::time_point time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (!time || ASN1_TIME_to_tm(time, &parts) != 1) return {};
  // Years far ahead do not fit into a clock of nanoseconds; nobody waits for them.
  if (parts.tm_year > 2200 - 1900) return std::chrono::system_clock::time_point::max();
  return std::chrono::system_clock::from_time_t(timegm(&parts));
}

Certificate read_certificate(const X509& certificate) {
  const X509_NAME* subject = X509_get_subject_name(&certificate);
  Certificate out;
  out.subject = rfc4514_text(subject);
  // The last is the most specific one.
  if (auto names = entries_of(subject, NID_commonName); !names.empty()) out.common_name = std::move(names.back());
  out.organizations = entries_of(subject, NID_organizationName);
  out.not_after = time_of(X509_get0_notAfter(&certificate));
  read_alternative_names(certificate, out);
  return out;
}

}  // namespace konduit::tls
