#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "tls/vaes_gcm.hpp"

namespace konduit::tls {

/// AES-GCM in the order in which OpenSSL asks for it: a key, then for each message an initialization vector, what is
/// authenticated, what is encrypted, and the tag. Records of TLS 1.2 have a way of their own, as RFC 5288 says.
///
/// What answers bool refuses what is out of order or of a wrong size, and then has done nothing. Thread: any, one at a
/// time.
class GcmCipher {
 public:
  using Bytes = VaesGcm::Bytes;
  static constexpr std::size_t kUsualIv = 12;

  explicit GcmCipher(std::size_t key_size);

  std::size_t key_size() const noexcept { return key_size_; }
  Bytes iv() const noexcept { return Bytes(iv_).first(iv_size_); }

  /// Encrypts, or decrypts, from now on.
  void begin(bool encrypting) noexcept;
  bool set_key(Bytes key) noexcept;
  bool set_iv_size(std::size_t size) noexcept;
  /// The next message's.
  bool set_iv(Bytes iv) noexcept;
  bool authenticate(Bytes bytes);
  bool crypt(std::uint8_t* out, Bytes in) noexcept;
  /// The tag that the next message to decrypt must have.
  bool expect_tag(Bytes tag) noexcept;
  /// Ends the message. False also where its tag is not the expected one.
  bool finish() noexcept;
  /// Of the message that was encrypted; empty before its end.
  Bytes tag() const noexcept;

  /// The part of the nonce that does not change, in the first bytes of the vector. Records need it, and it is gone with
  /// the next vector, key or direction.
  bool fix_tls12_iv(Bytes fixed) noexcept;
  /// The next record's additional data, 13 bytes that end with its length, the explicit nonce included.
  bool begin_tls12(Bytes additional);
  bool in_tls12_record() const noexcept { return tls12_; }
  /// Explicit nonce, data and tag, in place. `size` is what OpenSSL wants to know: of the record after encryption, of
  /// the data after decryption.
  bool tls12_record(std::uint8_t* out, Bytes in, std::size_t& size) noexcept;

 private:
  enum class Step { idle, ready, begun, finished };
  static constexpr std::size_t kLongestIv = 16;

  bool start_message() noexcept;

  VaesGcm gcm_;
  const std::size_t key_size_;
  std::array<std::uint8_t, kLongestIv> iv_{};
  std::size_t iv_size_ = kUsualIv;
  std::array<std::uint8_t, VaesGcm::kTagSize> tag_{};
  std::size_t tag_size_ = 0;
  std::string authenticated_;     // TLS has 5 or 13 bytes: within the string itself
  std::uint64_t in_message_ = 0;  // bytes that were encrypted or decrypted
  std::size_t record_size_ = 0;   // of TLS 1.2, as it was said
  Step step_ = Step::idle;
  bool encrypting_ = true;
  bool key_set_ = false;
  bool nonce_fixed_ = false;
  bool tls12_ = false;
};

}  // namespace konduit::tls
