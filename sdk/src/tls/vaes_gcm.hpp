#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace konduit::tls {

/// AES-GCM (NIST SP 800-38D) under one key of 16 or 32 bytes, by Intel's IPsec-MB: VAES and AVX-512, three times as
/// fast as OpenSSL 3.0, which knows AES-NI only. One message at a time: begin(), crypt() as often as wanted, finish().
///
/// Thread: any, one at a time.
class VaesGcm {
 public:
  using Bytes = std::span<const std::uint8_t>;
  static constexpr std::size_t kTagSize = 16;

  /// Whether this build has it and this processor and its system can run it. Nothing else here is called otherwise.
  static bool usable() noexcept;

  explicit VaesGcm(std::size_t key_size);
  ~VaesGcm();
  VaesGcm(const VaesGcm& other);
  VaesGcm& operator=(const VaesGcm&) = delete;

  /// REQUIRES: as many bytes as the constructor was told.
  void set_key(Bytes key) noexcept;
  /// A message with this initialization vector (of any length above 0) and these bytes that are authenticated only.
  /// REQUIRES: a key was set.
  void begin(Bytes iv, Bytes authenticated) noexcept;
  void encrypt(std::uint8_t* out, Bytes plain) noexcept;
  void decrypt(std::uint8_t* out, Bytes secret) noexcept;
  /// Writes the tag of what was encrypted or decrypted.
  void finish(std::uint8_t* tag) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace konduit::tls
