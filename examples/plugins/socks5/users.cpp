#include "users.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

namespace socks5 {

Users::Users(const konduit::config::Node& node) {
  for (const auto& entry : node.entries()) digests_[entry.key] = digest_of(entry.value.text());
}

bool Users::knows(std::string_view name, std::string_view password) const {
  const auto found = digests_.find(name);
  // Unknown names take as long as known ones.
  const Digest nobody{};
  const Digest& expected = found == digests_.end() ? nobody : found->second;
  const Digest shown = digest_of(password);
  return CRYPTO_memcmp(shown.data(), expected.data(), shown.size()) == 0 && found != digests_.end();
}

Users::Digest Users::digest_of(std::string_view password) {
  Digest digest;
  SHA256(reinterpret_cast<const unsigned char*>(password.data()), password.size(), digest.data());
  return digest;
}

}  // namespace socks5
