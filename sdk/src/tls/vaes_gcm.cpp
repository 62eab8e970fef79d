#include "tls/vaes_gcm.hpp"

#include <intel-ipsec-mb.h>
#include <openssl/crypto.h>

#include <type_traits>

// IPsec-MB chooses an implementation at run time, through a manager that holds all of its algorithms: 12 MB of code.
// What is used here are the functions that it would choose. Their names are in its archive and not in its header, which
// has the same functions for older processors; the build looks for them (sdk/CMakeLists.txt).
extern "C" {
std::remove_pointer_t<aes_gcm_precomp_t> aes_gcm_precomp_128_vaes_avx512, aes_gcm_precomp_256_vaes_avx512;
std::remove_pointer_t<aes_gcm_init_var_iv_t> aes_gcm_init_var_iv_128_vaes_avx512, aes_gcm_init_var_iv_256_vaes_avx512;
std::remove_pointer_t<aes_gcm_enc_dec_update_t> aes_gcm_enc_128_update_vaes_avx512, aes_gcm_enc_256_update_vaes_avx512,
    aes_gcm_dec_128_update_vaes_avx512, aes_gcm_dec_256_update_vaes_avx512;
std::remove_pointer_t<aes_gcm_enc_dec_finalize_t> aes_gcm_enc_128_finalize_vaes_avx512,
    aes_gcm_enc_256_finalize_vaes_avx512;
}

namespace konduit::tls {
namespace {

struct Functions {
  void (*expand)(const void* key, void* expanded);
  aes_gcm_precomp_t precompute;
  aes_gcm_init_var_iv_t begin;
  aes_gcm_enc_dec_update_t encrypt;
  aes_gcm_enc_dec_update_t decrypt;
  aes_gcm_enc_dec_finalize_t finish;
};

constexpr Functions kAes128{aes_keyexp_128_enc_avx512,           aes_gcm_precomp_128_vaes_avx512,
                            aes_gcm_init_var_iv_128_vaes_avx512, aes_gcm_enc_128_update_vaes_avx512,
                            aes_gcm_dec_128_update_vaes_avx512,  aes_gcm_enc_128_finalize_vaes_avx512};
constexpr Functions kAes256{aes_keyexp_256_enc_avx512,           aes_gcm_precomp_256_vaes_avx512,
                            aes_gcm_init_var_iv_256_vaes_avx512, aes_gcm_enc_256_update_vaes_avx512,
                            aes_gcm_dec_256_update_vaes_avx512,  aes_gcm_enc_256_finalize_vaes_avx512};

}  // namespace

struct VaesGcm::State {
  gcm_key_data key{};
  gcm_context_data message{};
  const Functions* functions = nullptr;
};

bool VaesGcm::usable() noexcept {
  __builtin_cpu_init();
  return __builtin_cpu_supports("vaes") && __builtin_cpu_supports("vpclmulqdq") && __builtin_cpu_supports("avx512f") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

VaesGcm::VaesGcm(std::size_t key_size) : state_(std::make_unique<State>()) {
  state_->functions = key_size == 16 ? &kAes128 : &kAes256;
}

VaesGcm::VaesGcm(const VaesGcm& other) : state_(std::make_unique<State>(*other.state_)) {}

VaesGcm::~VaesGcm() { OPENSSL_cleanse(state_.get(), sizeof(State)); }

void VaesGcm::set_key(Bytes key) noexcept {
  state_->functions->expand(key.data(), state_->key.expanded_keys);
  state_->functions->precompute(&state_->key);
}

void VaesGcm::begin(Bytes iv, Bytes authenticated) noexcept {
  state_->functions->begin(&state_->key, &state_->message, iv.data(), iv.size(), authenticated.data(),
                           authenticated.size());
}

void VaesGcm::encrypt(std::uint8_t* out, Bytes plain) noexcept {
  state_->functions->encrypt(&state_->key, &state_->message, out, plain.data(), plain.size());
}

void VaesGcm::decrypt(std::uint8_t* out, Bytes secret) noexcept {
  state_->functions->decrypt(&state_->key, &state_->message, out, secret.data(), secret.size());
}

void VaesGcm::finish(std::uint8_t* tag) noexcept {
  state_->functions->finish(&state_->key, &state_->message, tag, kTagSize);
}

}  // namespace konduit::tls
