#include "auth/token_digest.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

namespace konduit::auth {

TokenDigest TokenDigest::of(std::string_view token) {
  TokenDigest digest;
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), digest.bytes.data());
  return digest;
}

bool TokenDigest::same_as(const TokenDigest& other) const noexcept {
  return CRYPTO_memcmp(bytes.data(), other.bytes.data(), bytes.size()) == 0;
}

}  // namespace konduit::auth
