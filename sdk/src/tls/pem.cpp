#include "tls/pem.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "konduit/error.hpp"
#include "tls/errors.hpp"

namespace konduit::tls {
namespace {

struct FileClose {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

BioHandle memory_bio(const std::string& text) {
  return BioHandle(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// OpenSSL would ask on the terminal.
int no_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

}  // namespace

std::string read_pem(const std::string& path, const std::string& what) {
  const auto fail = [&](int error) {
    throw StartError("cannot read " + what + " file " + path + ": " + std::strerror(error));
  };
  const std::unique_ptr<std::FILE, FileClose> file(std::fopen(path.c_str(), "rbe"));
  if (!file) fail(errno);
  std::string text;
  char piece[4096];
  while (const std::size_t count = std::fread(piece, 1, sizeof piece, file.get())) text.append(piece, count);
  if (std::ferror(file.get())) fail(errno);
  return text;
}

std::vector<X509Handle> parse_certificates(const std::string& text, const std::string& source) {
  const BioHandle bio = memory_bio(text);
  std::vector<X509Handle> certificates;
  ERR_clear_error();
  bool asked = false;
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, &asked)) {
    certificates.emplace_back(certificate);
  }
  const unsigned long error = ERR_peek_last_error();
  const bool at_end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  const std::string reason = take_error_text();
  if (!at_end) throw StartError(source + " holds a damaged certificate: " + reason);
  if (certificates.empty()) throw StartError(source + " holds no certificate in PEM format");
  return certificates;
}

KeyHandle parse_key(const std::string& text, const std::string& source) {
  const BioHandle bio = memory_bio(text);
  ERR_clear_error();
  bool asked = false;
  KeyHandle key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, &asked));
  if (key) return key;
  ERR_clear_error();
  if (asked) throw StartError(source + " is encrypted; give one without a passphrase");
  throw StartError(source + " holds no private key in PEM format");
}

}  // namespace konduit::tls
