#include "tls/gcm_cipher.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <utility>

namespace konduit::tls {
namespace {

// RFC 5288: four bytes of the nonce come with the key, eight stand in the record.
constexpr std::size_t kFixedNonce = 4;
constexpr std::size_t kExplicitNonce = 8;
// RFC 5246, section 6.2.3.3: sequence number, type, version, length.
constexpr std::size_t kAdditionalData = 13;
// NIST SP 800-38D, section 5.2.1.1: beyond that the counter of blocks begins anew.
constexpr std::uint64_t kLongestMessage = (std::uint64_t{1} << 36) - 32;

/// One more, as a number in network order.
void increment(std::span<std::uint8_t, kExplicitNonce> counter) noexcept {
  for (auto digit = counter.rbegin(); digit != counter.rend(); ++digit) {
    if (++*digit != 0) return;
  }
}

}  // namespace

GcmCipher::GcmCipher(std::size_t key_size) : gcm_(key_size), key_size_(key_size) {}

void GcmCipher::begin(bool encrypting) noexcept {
  if (encrypting != encrypting_) {
    tag_size_ = 0;         // one that was made is none to expect
    nonce_fixed_ = false;  // a peer's nonce is none to count on from
  }
  encrypting_ = encrypting;
  if (step_ != Step::ready) step_ = Step::idle;
  authenticated_.clear();
  tls12_ = false;
}

bool GcmCipher::set_key(Bytes key) noexcept {
  if (key.size() != key_size_) return false;
  gcm_.set_key(key);
  key_set_ = true;
  nonce_fixed_ = false;
  return true;
}

bool GcmCipher::set_iv_size(std::size_t size) noexcept {
  if (size == 0 || size > kLongestIv) return false;
  if (size != iv_size_) {
    step_ = Step::idle;
    nonce_fixed_ = false;
  }
  iv_size_ = size;
  return true;
}

bool GcmCipher::set_iv(Bytes iv) noexcept {
  if (!set_iv_size(iv.size())) return false;
  std::ranges::copy(iv, iv_.begin());
  nonce_fixed_ = false;
  step_ = Step::ready;
  return true;
}

bool GcmCipher::authenticate(Bytes bytes) {
  if (step_ != Step::ready) return false;
  authenticated_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return true;
}

bool GcmCipher::start_message() noexcept {
  if (step_ == Step::begun) return true;
  if (step_ != Step::ready || !key_set_) return false;
  gcm_.begin(iv(), {reinterpret_cast<const std::uint8_t*>(authenticated_.data()), authenticated_.size()});
  authenticated_.clear();
  in_message_ = 0;
  step_ = Step::begun;
  return true;
}

bool GcmCipher::crypt(std::uint8_t* out, Bytes in) noexcept {
  if (!start_message() || in.size() > kLongestMessage - in_message_) return false;
  in_message_ += in.size();
  if (encrypting_) {
    gcm_.encrypt(out, in);
  } else {
    gcm_.decrypt(out, in);
  }
  return true;
}

bool GcmCipher::expect_tag(Bytes tag) noexcept {
  if (encrypting_ || tag.empty() || tag.size() > tag_.size()) return false;
  std::ranges::copy(tag, tag_.begin());
  tag_size_ = tag.size();
  return true;
}

bool GcmCipher::finish() noexcept {
  if (!encrypting_ && tag_size_ == 0) return false;
  if (!start_message()) return false;
  step_ = Step::finished;  // a vector serves once
  if (encrypting_) {
    gcm_.finish(tag_.data());
    tag_size_ = tag_.size();
    return true;
  }
  std::array<std::uint8_t, VaesGcm::kTagSize> computed;
  gcm_.finish(computed.data());
  return CRYPTO_memcmp(computed.data(), tag_.data(), std::exchange(tag_size_, 0)) == 0;
}

GcmCipher::Bytes GcmCipher::tag() const noexcept {
  return Bytes(tag_).first(encrypting_ && step_ == Step::finished ? tag_size_ : 0);
}

bool GcmCipher::fix_tls12_iv(Bytes fixed) noexcept {
  if (fixed.size() != kFixedNonce || iv_size_ != kFixedNonce + kExplicitNonce || !key_set_) return false;
  std::ranges::copy(fixed, iv_.begin());
  // Any start will do, as long as no nonce comes twice.
  if (encrypting_ && RAND_bytes(iv_.data() + kFixedNonce, kExplicitNonce) != 1) return false;
  nonce_fixed_ = true;
  return true;
}

bool GcmCipher::begin_tls12(Bytes additional) {
  const std::size_t around = kExplicitNonce + (encrypting_ ? 0 : VaesGcm::kTagSize);
  if (!nonce_fixed_ || additional.size() != kAdditionalData) return false;
  const std::size_t length = std::size_t{additional[kAdditionalData - 2]} << 8 | additional[kAdditionalData - 1];
  if (length < around) return false;
  authenticated_.assign(reinterpret_cast<const char*>(additional.data()), additional.size());
  // What is authenticated is the length of the data alone.
  authenticated_[kAdditionalData - 2] = static_cast<char>((length - around) >> 8);
  authenticated_[kAdditionalData - 1] = static_cast<char>(length - around);
  record_size_ = length + (encrypting_ ? VaesGcm::kTagSize : 0);
  tls12_ = true;
  return true;
}

bool GcmCipher::tls12_record(std::uint8_t* out, Bytes in, std::size_t& size) noexcept {
  tls12_ = false;
  if (!nonce_fixed_ || out != in.data() || in.size() != record_size_) return false;
  const std::span<std::uint8_t, kExplicitNonce> nonce(iv_.data() + kFixedNonce, kExplicitNonce);
  std::uint8_t* const data = out + kExplicitNonce;
  const std::size_t length = in.size() - kExplicitNonce - VaesGcm::kTagSize;
  if (encrypting_) {
    std::ranges::copy(nonce, out);
  } else {
    std::ranges::copy(in.first<kExplicitNonce>(), nonce.begin());
  }
  step_ = Step::ready;
  if (!start_message()) return false;
  step_ = Step::finished;
  if (encrypting_) {
    gcm_.encrypt(data, {data, length});
    gcm_.finish(data + length);
    increment(nonce);
    size = in.size();
    return true;
  }
  gcm_.decrypt(data, {data, length});
  std::array<std::uint8_t, VaesGcm::kTagSize> computed;
  gcm_.finish(computed.data());
  if (CRYPTO_memcmp(computed.data(), data + length, computed.size()) != 0) {
    OPENSSL_cleanse(data, length);
    return false;
  }
  size = length;
  return true;
}

}  // namespace konduit::tls
