#include "raw_peer.hpp"

#include <utility>

namespace konduit::tls_test {

RawPeer::RawPeer(Shard& shard, StreamPtr stream, int version) : shard_(shard), stream_(std::move(stream)) {
  context_ = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_min_proto_version(context_, version);
  SSL_CTX_set_max_proto_version(context_, version);
  ssl_ = SSL_new(context_);
  incoming_ = BIO_new(BIO_s_mem());
  outgoing_ = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl_, incoming_, outgoing_);
  SSL_set_connect_state(ssl_);
}

RawPeer::~RawPeer() {
  SSL_free(ssl_);
  SSL_CTX_free(context_);
}

bool RawPeer::advance() {
  exchange();
  const int result = SSL_do_handshake(ssl_);
  exchange();
  return result == 1;
}

void RawPeer::write(std::string_view text) {
  SSL_write(ssl_, text.data(), static_cast<int>(text.size()));
  exchange();
}

const std::string& RawPeer::received() {
  exchange();
  char piece[4096];
  for (int count = 0; (count = SSL_read(ssl_, piece, sizeof piece)) > 0;) {
    received_.append(piece, static_cast<std::size_t>(count));
  }
  exchange();
  return received_;
}

void RawPeer::exchange() {
  BufferQueue came;
  while (stream_->try_read(came, {})) {
    while (came.count() > 0) {
      const Buffer piece = came.pop_front();
      BIO_write(incoming_, piece.data(), static_cast<int>(piece.size()));
    }
  }
  char piece[4096];
  for (int count = 0; (count = BIO_read(outgoing_, piece, sizeof piece)) > 0;) {
    unsent_.push_back(shard_.pool().copy(std::string_view(piece, static_cast<std::size_t>(count))));
  }
  while (!unsent_.empty() && stream_->try_write(unsent_)) {
  }
}

}  // namespace konduit::tls_test
