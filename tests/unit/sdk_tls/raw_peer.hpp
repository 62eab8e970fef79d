#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>

#include "konduit/shard.hpp"
#include "konduit/stream.hpp"

namespace konduit::tls_test {

/// A TLS client that is OpenSSL itself over memory, so that tests can make it do what ours never does.
class RawPeer {
 public:
  RawPeer(Shard& shard, StreamPtr stream, int version);
  ~RawPeer();

  /// Moves what there is in both directions and goes on with the handshake; true once it is through.
  bool advance();
  void write(std::string_view text);
  /// What came so far.
  const std::string& received();
  SSL* ssl() noexcept { return ssl_; }

 private:
  void exchange();

  Shard& shard_;
  StreamPtr stream_;
  SSL_CTX* context_;
  SSL* ssl_;
  BIO* incoming_;
  BIO* outgoing_;
  BufferQueue unsent_;
  std::string received_;
};

}  // namespace konduit::tls_test
