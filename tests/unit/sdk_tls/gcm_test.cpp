#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <array>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "tls_fixture.hpp"

// Our AES-GCM beside OpenSSL's own, through the calls by which libssl uses them.
namespace konduit::tls_test {
namespace {

using Bytes = std::string;

struct FreeCipher {
  void operator()(EVP_CIPHER* cipher) const { EVP_CIPHER_free(cipher); }
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using CipherHandle = std::unique_ptr<EVP_CIPHER, FreeCipher>;

const std::uint8_t* raw(std::string_view bytes) { return reinterpret_cast<const std::uint8_t*>(bytes.data()); }
std::uint8_t* raw(Bytes& bytes) { return reinterpret_cast<std::uint8_t*>(bytes.data()); }

struct Message {
  Bytes iv;
  Bytes authenticated;
  Bytes text;
};

struct Sealed {
  Bytes text;
  Bytes tag;
  bool operator==(const Sealed&) const = default;
};

/// One implementation of one of the two ciphers, under one key and in one direction.
class Gcm {
 public:
  Gcm(EVP_CIPHER* cipher, std::string_view key, bool encrypts) : context_(EVP_CIPHER_CTX_new()) {
    EXPECT_EQ(EVP_CipherInit_ex2(get(), cipher, raw(key), nullptr, encrypts ? 1 : 0, nullptr), 1);
  }
  EVP_CIPHER_CTX* get() { return context_.get(); }

  bool begin(const Message& message, int encrypts) {
    const auto size = static_cast<int>(message.iv.size());
    int done = 0;
    return EVP_CIPHER_CTX_ctrl(get(), EVP_CTRL_AEAD_SET_IVLEN, size, nullptr) == 1 &&
           EVP_CipherInit_ex2(get(), nullptr, nullptr, raw(message.iv), encrypts, nullptr) == 1 &&
           (message.authenticated.empty() || EVP_CipherUpdate(get(), nullptr, &done, raw(message.authenticated),
                                                              static_cast<int>(message.authenticated.size())) == 1);
  }
  /// The text in pieces of at most `piece` bytes; none where a call is refused.
  std::optional<Bytes> pass(std::string_view text, std::size_t piece) {
    Bytes out(text.size() + 1, '\0');
    std::size_t at = 0;
    for (std::size_t from = 0; from < text.size(); from += piece) {
      const auto size = static_cast<int>(std::min(piece, text.size() - from));
      int done = 0;
      if (EVP_CipherUpdate(get(), raw(out) + at, &done, raw(text) + from, size) != 1) return std::nullopt;
      at += static_cast<std::size_t>(done);
    }
    out.resize(at);
    return out;
  }
  bool finish() {
    std::array<std::uint8_t, 16> rest{};
    int size = 0;
    return EVP_CipherFinal_ex(get(), rest.data(), &size) == 1 && size == 0;
  }
  std::optional<Sealed> seal(const Message& message, std::size_t piece = 1'000'000) {
    Sealed sealed{{}, Bytes(16, '\0')};
    if (!begin(message, 1)) return std::nullopt;
    auto text = pass(message.text, piece);
    if (!text || !finish()) return std::nullopt;
    sealed.text = std::move(*text);
    if (EVP_CIPHER_CTX_ctrl(get(), EVP_CTRL_AEAD_GET_TAG, 16, sealed.tag.data()) != 1) return std::nullopt;
    return sealed;
  }
  std::optional<Bytes> open(const Message& message, Sealed sealed, std::size_t piece = 1'000'000) {
    if (!begin(message, 0)) return std::nullopt;
    const auto size = static_cast<int>(sealed.tag.size());
    if (EVP_CIPHER_CTX_ctrl(get(), EVP_CTRL_AEAD_SET_TAG, size, sealed.tag.data()) != 1) return std::nullopt;
    auto text = pass(sealed.text, piece);
    if (!text || !finish()) return std::nullopt;
    return text;
  }

  // As libssl does records of TLS 1.2: all in place, with the nonce in front and the tag behind.
  bool fix_iv(Bytes fixed) {
    return EVP_CIPHER_CTX_ctrl(get(), EVP_CTRL_AEAD_SET_IV_FIXED, static_cast<int>(fixed.size()), fixed.data()) == 1;
  }
  /// Encrypted or decrypted, and how much of it libssl is told of; none where it is refused.
  std::optional<std::pair<Bytes, int>> record(Bytes record, std::size_t length) {
    Bytes additional = "\1\2\3\4\5\6\7\10\27\3\3";
    additional += static_cast<char>(length >> 8);
    additional += static_cast<char>(length);
    if (EVP_CIPHER_CTX_ctrl(get(), EVP_CTRL_AEAD_TLS1_AAD, 13, additional.data()) != 16) return std::nullopt;
    int told = 0;
    if (EVP_CipherUpdate(get(), raw(record), &told, raw(record), static_cast<int>(record.size())) != 1) {
      return std::nullopt;
    }
    return std::pair{record, told};
  }

 private:
  std::unique_ptr<EVP_CIPHER_CTX, FreeCipher> context_;
};

class AesGcm : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    // Whoever makes a TLS context offers our cipher to OpenSSL.
    TlsContext::client(files().client());
    ours_.reset(EVP_CIPHER_fetch(nullptr, GetParam(), "provider=konduit-gcm"));
    theirs_.reset(EVP_CIPHER_fetch(nullptr, GetParam(), "provider=default"));
    ASSERT_TRUE(theirs_);
    if (!ours_) GTEST_SKIP() << "this build or this processor has no VAES: OpenSSL's own is what is used";
    key_ = random(static_cast<std::size_t>(EVP_CIPHER_get_key_length(theirs_.get())));
  }
  Bytes random(std::size_t size) {
    Bytes bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(generator_());
    return bytes;
  }
  Message message(std::size_t size, std::size_t authenticated = 5, std::size_t iv = 12) {
    return {random(iv), random(authenticated), random(size)};
  }
  Gcm ours(bool encrypts) { return Gcm(ours_.get(), key_, encrypts); }
  Gcm theirs(bool encrypts) { return Gcm(theirs_.get(), key_, encrypts); }

  std::mt19937 generator_{17};
  CipherHandle ours_;
  CipherHandle theirs_;
  Bytes key_;
};

TEST_P(AesGcm, IsTheSameAlgorithmInOpenSslsEyes) {
  EXPECT_EQ(EVP_CIPHER_get_key_length(ours_.get()), EVP_CIPHER_get_key_length(theirs_.get()));
  EXPECT_EQ(EVP_CIPHER_get_iv_length(ours_.get()), EVP_CIPHER_get_iv_length(theirs_.get()));
  EXPECT_EQ(EVP_CIPHER_get_block_size(ours_.get()), EVP_CIPHER_get_block_size(theirs_.get()));
  EXPECT_EQ(EVP_CIPHER_get_mode(ours_.get()), EVP_CIPH_GCM_MODE);
  EXPECT_EQ(EVP_CIPHER_get_flags(ours_.get()) & EVP_CIPH_FLAG_AEAD_CIPHER, EVP_CIPH_FLAG_AEAD_CIPHER);
  EXPECT_EQ(EVP_CIPHER_get_nid(ours_.get()), EVP_CIPHER_get_nid(theirs_.get()));
}

TEST_P(AesGcm, MakesWhatOpenSslMakesAndReadsIt) {
  Gcm sealer = ours(true);
  Gcm reference = theirs(true);
  Gcm opener = ours(false);
  for (std::size_t size = 0; size < 1'100; ++size) {
    const Message text = message(size, size % 40, 1 + size % 16);
    const auto sealed = sealer.seal(text, 1 + size % 97);
    ASSERT_EQ(sealed, reference.seal(text)) << size;
    ASSERT_EQ(opener.open(text, *sealed, 1 + size % 61), text.text) << size;
  }
  for (const std::size_t size : {16'384u, 16'385u, 65'535u, 1'000'001u}) {
    const Message text = message(size);
    const auto sealed = sealer.seal(text, 16'384);
    ASSERT_EQ(sealed, reference.seal(text)) << size;
    ASSERT_EQ(opener.open(text, *sealed), text.text) << size;
  }
}

TEST_P(AesGcm, RefusesWhateverWasChanged) {
  Gcm sealer = ours(true);
  Gcm opener = ours(false);
  const Message text = message(100, 13);
  const auto sealed = sealer.seal(text);
  ASSERT_TRUE(sealed);
  for (std::size_t bit = 0; bit < 8 * 16; ++bit) {
    Sealed changed = *sealed;
    changed.tag[bit / 8] = static_cast<char>(changed.tag[bit / 8] ^ 1 << bit % 8);
    EXPECT_FALSE(opener.open(text, changed)) << "bit " << bit << " of the tag";
    changed = *sealed;
    changed.text[bit % 100] = static_cast<char>(changed.text[bit % 100] ^ 0x40);
    EXPECT_FALSE(opener.open(text, changed)) << "byte " << bit % 100;
  }
  Message other = text;
  other.authenticated[12] = static_cast<char>(other.authenticated[12] ^ 1);
  EXPECT_FALSE(opener.open(other, *sealed));
  EXPECT_EQ(opener.open(text, *sealed), text.text) << "and what was not changed is still read";
}

TEST_P(AesGcm, TakesNothingOutOfOrder) {
  Gcm sealer = ours(true);
  EXPECT_FALSE(sealer.pass("no vector yet", 100));
  const Message text = message(10);
  ASSERT_TRUE(sealer.seal(text));
  EXPECT_FALSE(sealer.pass("a second message under one vector", 100));
  EXPECT_FALSE(sealer.finish());

  Gcm opener = ours(false);
  ASSERT_TRUE(opener.begin(text, 0));
  ASSERT_TRUE(opener.pass(text.text, 100));
  EXPECT_FALSE(opener.finish()) << "no tag was given to compare with";
}

TEST_P(AesGcm, ATagThatWasMadeIsNoneToExpect) {
  Gcm both = ours(true);
  const Message text = message(10);
  const auto sealed = both.seal(text);
  ASSERT_TRUE(sealed);
  ASSERT_TRUE(both.begin(text, 0));
  ASSERT_TRUE(both.pass(sealed->text, 100));
  EXPECT_FALSE(both.finish());
}

TEST_P(AesGcm, ACopyGoesOnByItself) {
  Gcm sealer = ours(true);
  const Message text = message(1'000);
  const auto whole = sealer.seal(text);
  ASSERT_TRUE(sealer.begin(text, 1));
  const auto first = sealer.pass(std::string_view(text.text).substr(0, 300), 1'000);
  Gcm copy = ours(true);
  ASSERT_EQ(EVP_CIPHER_CTX_copy(copy.get(), sealer.get()), 1);
  ASSERT_TRUE(sealer.pass("something else", 100));
  const auto rest = copy.pass(std::string_view(text.text).substr(300), 1'000);
  EXPECT_EQ(*first + *rest, whole->text);
}

TEST_P(AesGcm, ReadsAndWritesRecordsOfTls12) {
  Gcm sealers[] = {ours(true), theirs(true)};
  Gcm openers[] = {theirs(false), ours(false)};
  for (int pair = 0; pair < 2; ++pair) {
    Gcm& sealer = sealers[pair];
    Gcm& opener = openers[pair];
    const Bytes fixed = random(4);
    ASSERT_TRUE(sealer.fix_iv(fixed));
    ASSERT_TRUE(opener.fix_iv(fixed));
    Bytes last_nonce;
    for (std::size_t size : {1u, 16u, 100u, 16'384u}) {
      const Bytes text = random(size);
      const auto sealed = sealer.record(Bytes(8, '\0') + text + Bytes(16, '\0'), 8 + size);
      ASSERT_TRUE(sealed) << size;
      EXPECT_EQ(sealed->second, static_cast<int>(8 + size + 16));
      EXPECT_NE(sealed->first.substr(0, 8), last_nonce);
      last_nonce = sealed->first.substr(0, 8);
      const auto opened = opener.record(sealed->first, sealed->first.size());
      ASSERT_TRUE(opened) << size;
      EXPECT_EQ(opened->second, static_cast<int>(size));
      EXPECT_EQ(opened->first.substr(8, size), text);
      Bytes changed = sealed->first;
      changed[8] = static_cast<char>(changed[8] ^ 1);
      EXPECT_FALSE(opener.record(changed, changed.size()));
    }
  }
}

TEST_P(AesGcm, UsesNoNonceOfTls12Twice) {
  const Bytes plain = Bytes(8, '\0') + Bytes(64, 'x') + Bytes(16, '\0');
  Gcm never_fixed = ours(true);
  EXPECT_FALSE(never_fixed.record(plain, 72)) << "no fixed part was set";

  Gcm sealer = ours(true);
  ASSERT_TRUE(sealer.fix_iv(random(4)));
  ASSERT_TRUE(sealer.record(plain, 72));
  ASSERT_TRUE(sealer.seal(message(64)));
  EXPECT_FALSE(sealer.record(plain, 72)) << "another vector has taken the nonce's place";

  ASSERT_TRUE(sealer.fix_iv(random(4)));
  ASSERT_EQ(EVP_CIPHER_CTX_ctrl(sealer.get(), EVP_CTRL_AEAD_SET_IVLEN, 4, nullptr), 1);
  EXPECT_FALSE(sealer.record(plain, 72)) << "a vector that does not reach to the counter";
  ASSERT_EQ(EVP_CIPHER_CTX_ctrl(sealer.get(), EVP_CTRL_AEAD_SET_IVLEN, 12, nullptr), 1);

  Gcm opener = ours(false);
  ASSERT_TRUE(opener.fix_iv(random(4)));
  EXPECT_FALSE(opener.record(plain, plain.size())) << "its tag is none";
  ASSERT_EQ(EVP_CipherInit_ex2(opener.get(), nullptr, nullptr, nullptr, 1, nullptr), 1);
  EXPECT_FALSE(opener.record(plain, 72)) << "the counter is the one that the peer sent";
}

TEST_P(AesGcm, TakesARecordOnlyOfTheSizeThatWasSaid) {
  Gcm sealer = ours(true);
  ASSERT_TRUE(sealer.fix_iv(random(4)));
  EXPECT_FALSE(sealer.record(Bytes(8 + 64 + 16, 'x'), 8 + 63));
  EXPECT_FALSE(sealer.record(Bytes(8, 'x'), 8));
  EXPECT_TRUE(sealer.record(Bytes(8 + 16, 'x'), 8)) << "an empty one";
}

TEST_P(AesGcm, DoesNotPretendToCountNonces) {
  Gcm sealer = ours(true);
  ASSERT_TRUE(sealer.fix_iv(random(4)));
  std::array<std::uint8_t, 8> nonce{};
  EXPECT_NE(EVP_CIPHER_CTX_ctrl(sealer.get(), EVP_CTRL_GCM_IV_GEN, 8, nonce.data()), 1);
  EXPECT_NE(EVP_CIPHER_CTX_ctrl(ours(false).get(), EVP_CTRL_GCM_SET_IV_INV, 8, nonce.data()), 1);
}

INSTANTIATE_TEST_SUITE_P(, AesGcm, testing::Values("AES-128-GCM", "AES-256-GCM"), [](const auto& cipher) {
  return std::string(cipher.param) == "AES-128-GCM" ? "With16BytesOfKey" : "With32BytesOfKey";
});

// NIST's test case 16 of the GCM specification, so that not only OpenSSL says what is right.
TEST(AesGcmVector, IsThatOfTheSpecification) {
  TlsContext::client(files().client());
  const CipherHandle cipher(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", "provider=konduit-gcm"));
  if (!cipher) GTEST_SKIP() << "this build or this processor has no VAES";
  const auto bytes = [](std::string_view hex) {
    Bytes out;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
      out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    }
    return out;
  };
  Gcm gcm(cipher.get(), bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"), true);
  const auto sealed = gcm.seal({bytes("cafebabefacedbaddecaf888"), bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
                                bytes("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                                      "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39")});
  ASSERT_TRUE(sealed);
  EXPECT_EQ(sealed->text, bytes("522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                                "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"));
  EXPECT_EQ(sealed->tag, bytes("76fc6ece0f4e1768cddf8853bb2d551b"));
}

}  // namespace
}  // namespace konduit::tls_test
