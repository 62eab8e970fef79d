#include "tls/gcm_provider.hpp"

#include <openssl/core.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>

#include <new>
#include <string_view>

#include "tls/gcm_cipher.hpp"

// The way from OpenSSL to GcmCipher: provider(7), provider-cipher(7).
namespace konduit::tls {
namespace {

constexpr char kName[] = "konduit-gcm";
constexpr char kProperties[] = "provider=konduit-gcm";
constexpr char kQuery[] = "?provider=konduit-gcm";

GcmCipher& cipher_of(void* context) noexcept { return *static_cast<GcmCipher*>(context); }

/// Null where memory is short, as OpenSSL expects it.
template <class... Arguments>
void* new_cipher(const Arguments&... arguments) noexcept {
  try {
    return new GcmCipher(arguments...);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

template <std::size_t KeySize>
void* make(void*) noexcept {
  return new_cipher(KeySize);
}

void destroy(void* context) noexcept { delete static_cast<GcmCipher*>(context); }

void* duplicate(void* context) noexcept { return new_cipher(cipher_of(context)); }

/// 1 where it is done, 0 where it is not, for want of memory too.
template <class Step>
int attempt(Step step) noexcept {
  try {
    return step() ? 1 : 0;
  } catch (const std::bad_alloc&) {
    return 0;
  }
}

bool set_parameter(GcmCipher& cipher, const OSSL_PARAM& parameter) {
  const auto is = [key = std::string_view(parameter.key)](const char* name) { return key == name; };
  const GcmCipher::Bytes bytes(static_cast<const std::uint8_t*>(parameter.data), parameter.data_size);
  const bool are_bytes = parameter.data_type == OSSL_PARAM_OCTET_STRING;
  if (is(OSSL_CIPHER_PARAM_AEAD_TAG)) {
    return are_bytes && (parameter.data == nullptr || cipher.expect_tag(bytes));  // null: its size, which is settled
  }
  if (is(OSSL_CIPHER_PARAM_AEAD_TLS1_AAD)) return are_bytes && cipher.begin_tls12(bytes);
  if (is(OSSL_CIPHER_PARAM_AEAD_TLS1_IV_FIXED)) return are_bytes && cipher.fix_tls12_iv(bytes);
  std::size_t number = 0;
  if (is(OSSL_CIPHER_PARAM_IVLEN)) return OSSL_PARAM_get_size_t(&parameter, &number) == 1 && cipher.set_iv_size(number);
  if (is(OSSL_CIPHER_PARAM_KEYLEN)) {
    return OSSL_PARAM_get_size_t(&parameter, &number) == 1 && number == cipher.key_size();
  }
  return !is(OSSL_CIPHER_PARAM_AEAD_TLS1_SET_IV_INV);  // nonces that a caller counts: not offered, and not ignored
}

int set_parameters(void* context, const OSSL_PARAM parameters[]) noexcept {
  for (const OSSL_PARAM* at = parameters; at != nullptr && at->key != nullptr; ++at) {
    if (attempt([&] { return set_parameter(cipher_of(context), *at); }) == 0) return 0;
  }
  return 1;
}

int init(void* context, const unsigned char* key, std::size_t key_size, const unsigned char* iv, std::size_t iv_size,
         const OSSL_PARAM parameters[], bool encrypt) noexcept {
  GcmCipher& cipher = cipher_of(context);
  cipher.begin(encrypt);
  if (iv != nullptr && !cipher.set_iv({iv, iv_size})) return 0;
  if (key != nullptr && !cipher.set_key({key, key_size})) return 0;
  return set_parameters(context, parameters);
}

int init_encryption(void* context, const unsigned char* key, std::size_t key_size, const unsigned char* iv,
                    std::size_t iv_size, const OSSL_PARAM parameters[]) noexcept {
  return init(context, key, key_size, iv, iv_size, parameters, true);
}

int init_decryption(void* context, const unsigned char* key, std::size_t key_size, const unsigned char* iv,
                    std::size_t iv_size, const OSSL_PARAM parameters[]) noexcept {
  return init(context, key, key_size, iv, iv_size, parameters, false);
}

int update(void* context, unsigned char* out, std::size_t* out_size, std::size_t room, const unsigned char* in,
           std::size_t size) noexcept {
  *out_size = 0;
  if (size == 0) return 1;
  GcmCipher& cipher = cipher_of(context);
  if (out == nullptr) {
    *out_size = size;  // as OpenSSL's own
    return attempt([&] { return cipher.authenticate({in, size}); });
  }
  if (room < size) return 0;
  if (cipher.in_tls12_record()) return cipher.tls12_record(out, {in, size}, *out_size) ? 1 : 0;
  *out_size = size;
  return cipher.crypt(out, {in, size}) ? 1 : 0;
}

int finish(void* context, unsigned char*, std::size_t* out_size, std::size_t) noexcept {
  *out_size = 0;
  return cipher_of(context).finish() ? 1 : 0;
}

/// EVP_Cipher(): the same without a word on how much room there is.
int crypt(void* context, unsigned char* out, std::size_t* out_size, std::size_t room, const unsigned char* in,
          std::size_t size) noexcept {
  return in == nullptr ? finish(context, out, out_size, room) : update(context, out, out_size, room, in, size);
}

bool tell_tag(const GcmCipher& cipher, OSSL_PARAM& asked) noexcept {
  const GcmCipher::Bytes tag = cipher.tag();
  if (tag.empty() || asked.data_size == 0 || asked.data_size > tag.size()) return false;
  return OSSL_PARAM_set_octet_string(&asked, tag.data(), asked.data_size) == 1;
}

/// What is asked of a context; what is not known stays without an answer. libssl asks for the vector's size with every
/// record.
bool tell(const GcmCipher& cipher, OSSL_PARAM& asked) noexcept {
  const auto is = [key = std::string_view(asked.key)](const char* name) { return key == name; };
  if (is(OSSL_CIPHER_PARAM_IVLEN)) return OSSL_PARAM_set_size_t(&asked, cipher.iv().size()) == 1;
  if (is(OSSL_CIPHER_PARAM_AEAD_TAG)) return tell_tag(cipher, asked);
  if (is(OSSL_CIPHER_PARAM_KEYLEN)) return OSSL_PARAM_set_size_t(&asked, cipher.key_size()) == 1;
  if (is(OSSL_CIPHER_PARAM_AEAD_TAGLEN) || is(OSSL_CIPHER_PARAM_AEAD_TLS1_AAD_PAD)) {
    return OSSL_PARAM_set_size_t(&asked, VaesGcm::kTagSize) == 1;
  }
  if (is(OSSL_CIPHER_PARAM_IV) || is(OSSL_CIPHER_PARAM_UPDATED_IV)) {
    return OSSL_PARAM_set_octet_string(&asked, cipher.iv().data(), cipher.iv().size()) == 1;
  }
  return !is(OSSL_CIPHER_PARAM_AEAD_TLS1_GET_IV_GEN);  // as in set_parameter()
}

int get_parameters(void* context, OSSL_PARAM parameters[]) noexcept {
  for (OSSL_PARAM* at = parameters; at != nullptr && at->key != nullptr; ++at) {
    if (!tell(cipher_of(context), *at)) return 0;
  }
  return 1;
}

/// True where nobody asks for it, or the answer was written.
bool answer(OSSL_PARAM parameters[], const char* name, std::size_t value) noexcept {
  OSSL_PARAM* asked = OSSL_PARAM_locate(parameters, name);
  return asked == nullptr || OSSL_PARAM_set_size_t(asked, value) == 1;
}

/// Facts of the algorithm.
template <std::size_t KeySize>
int get_facts(OSSL_PARAM parameters[]) noexcept {
  OSSL_PARAM* mode = OSSL_PARAM_locate(parameters, OSSL_CIPHER_PARAM_MODE);
  if (mode != nullptr && OSSL_PARAM_set_uint(mode, EVP_CIPH_GCM_MODE) != 1) return 0;
  for (const char* flag : {OSSL_CIPHER_PARAM_AEAD, OSSL_CIPHER_PARAM_CUSTOM_IV}) {
    OSSL_PARAM* asked = OSSL_PARAM_locate(parameters, flag);
    if (asked != nullptr && OSSL_PARAM_set_int(asked, 1) != 1) return 0;
  }
  const bool answered = answer(parameters, OSSL_CIPHER_PARAM_KEYLEN, KeySize) &&
                        answer(parameters, OSSL_CIPHER_PARAM_BLOCK_SIZE, std::size_t{1}) &&
                        answer(parameters, OSSL_CIPHER_PARAM_IVLEN, GcmCipher::kUsualIv);
  return answered ? 1 : 0;
}

template <class Function>
constexpr OSSL_DISPATCH entry(int id, Function function) noexcept {
  return {id, reinterpret_cast<void (*)()>(function)};
}

template <std::size_t KeySize>
const OSSL_DISPATCH* functions() noexcept {
  static const OSSL_DISPATCH table[] = {entry(OSSL_FUNC_CIPHER_NEWCTX, &make<KeySize>),
                                        entry(OSSL_FUNC_CIPHER_FREECTX, &destroy),
                                        entry(OSSL_FUNC_CIPHER_DUPCTX, &duplicate),
                                        entry(OSSL_FUNC_CIPHER_ENCRYPT_INIT, &init_encryption),
                                        entry(OSSL_FUNC_CIPHER_DECRYPT_INIT, &init_decryption),
                                        entry(OSSL_FUNC_CIPHER_UPDATE, &update),
                                        entry(OSSL_FUNC_CIPHER_FINAL, &finish),
                                        entry(OSSL_FUNC_CIPHER_CIPHER, &crypt),
                                        entry(OSSL_FUNC_CIPHER_GET_PARAMS, &get_facts<KeySize>),
                                        entry(OSSL_FUNC_CIPHER_GET_CTX_PARAMS, &get_parameters),
                                        entry(OSSL_FUNC_CIPHER_SET_CTX_PARAMS, &set_parameters),
                                        {0, nullptr}};
  return table;
}

const OSSL_ALGORITHM* query(void*, int operation, int* may_be_kept) noexcept {
  // The names are OpenSSL's own, so that it takes them for the same algorithms.
  static const OSSL_ALGORITHM ciphers[] = {
      {"AES-128-GCM:id-aes128-GCM:2.16.840.1.101.3.4.1.6", kProperties, functions<16>(), "AES-128-GCM with VAES"},
      {"AES-256-GCM:id-aes256-GCM:2.16.840.1.101.3.4.1.46", kProperties, functions<32>(), "AES-256-GCM with VAES"},
      {nullptr, nullptr, nullptr, nullptr}};
  *may_be_kept = 1;
  return operation == OSSL_OP_CIPHER ? ciphers : nullptr;
}

int start(const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH*, const OSSL_DISPATCH** functions_out,
          void** provider) noexcept {
  static const OSSL_DISPATCH table[] = {entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, &query), {0, nullptr}};
  *functions_out = table;
  *provider = const_cast<OSSL_CORE_HANDLE*>(handle);
  return 1;
}

/// The provider as long as the process: OpenSSL's own providers stay as they are configured.
class Offer {
 public:
  Offer() noexcept {
    if (!VaesGcm::usable() || OSSL_PROVIDER_add_builtin(nullptr, kName, start) != 1) return;
    loaded_ = OSSL_PROVIDER_try_load(nullptr, kName, /*retain_fallbacks=*/1);
  }
  /// Runs before OpenSSL's own end, which was registered first. Ciphers that were fetched hold the provider.
  ~Offer() {
    if (loaded_ != nullptr) OSSL_PROVIDER_unload(loaded_);
  }
  Offer(const Offer&) = delete;
  Offer& operator=(const Offer&) = delete;
  bool stands() const noexcept { return loaded_ != nullptr; }

 private:
  OSSL_PROVIDER* loaded_ = nullptr;
};

}  // namespace

const char* fast_gcm_query() noexcept {
  static const Offer offer;
  return offer.stands() ? kQuery : nullptr;
}

}  // namespace konduit::tls
