#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>

#include <map>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "channel.hpp"

namespace konduit::bench {

namespace {

struct Deleter {
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
  void operator()(SSL* session) const noexcept { SSL_free(session); }
};
using ContextPtr = std::unique_ptr<SSL_CTX, Deleter>;

[[noreturn]] void fail(const std::string& what) {
  char reason[256] = "the connection was closed";
  if (const auto code = ERR_get_error()) ERR_error_string_n(code, reason, sizeof(reason));
  throw std::runtime_error(what + ": " + reason);
}

ContextPtr make_context(const TlsFiles& files) {
  ContextPtr context(SSL_CTX_new(TLS_client_method()));
  if (!context || SSL_CTX_load_verify_file(context.get(), files.ca.c_str()) != 1 ||
      SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    fail("TLS files");
  }
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_read_ahead(context.get(), 1);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return context;
}

class TlsChannel final : public Channel {
 public:
  TlsChannel(Socket socket, SSL_CTX* context, const std::string& host)
      : socket_(std::move(socket)), session_(SSL_new(context)) {
    set_nonblocking(socket_);
    SSL_set_fd(session_.get(), socket_.get());
    SSL_set1_host(session_.get(), host.c_str());
    SSL_set_connect_state(session_.get());
  }

  bool establish() override { return taken(SSL_do_handshake(session_.get()), "TLS handshake") > 0; }
  std::uint32_t wanted() const override { return SSL_want_read(session_.get()) ? EPOLLIN : EPOLLOUT; }

  std::size_t read(std::span<char> into) override {
    std::size_t all = 0;
    while (all != into.size()) {
      const int room = static_cast<int>(into.size() - all);
      const std::size_t n = taken(SSL_read(session_.get(), into.data() + all, room), "TLS read");
      if (n == 0) break;
      all += n;
    }
    return all;
  }

  std::size_t write(std::span<const iovec> pieces) override {
    std::size_t all = 0;
    for (const iovec& piece : pieces) {
      for (std::size_t sent = 0; sent != piece.iov_len;) {
        const char* from = static_cast<const char*>(piece.iov_base) + sent;
        const std::size_t n =
            taken(SSL_write(session_.get(), from, static_cast<int>(piece.iov_len - sent)), "TLS write");
        if (n == 0) return all;
        sent += n;
        all += n;
      }
    }
    return all;
  }

  bool holds_more() const override { return SSL_has_pending(session_.get()) == 1; }
  const Socket& socket() const override { return socket_; }

 private:
  std::size_t taken(int n, const char* what) {
    if (n > 0) return static_cast<std::size_t>(n);
    const int error = SSL_get_error(session_.get(), n);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) fail(what);
    ERR_clear_error();
    return 0;
  }

  Socket socket_;
  std::unique_ptr<SSL, Deleter> session_;
};

/// Reading the files costs more than a handshake.
SSL_CTX* context_of(const TlsFiles& files) {
  static std::map<std::tuple<std::string, std::string, std::string>, ContextPtr> contexts;
  ContextPtr& context = contexts[{files.ca, files.certificate, files.key}];
  if (!context) context = make_context(files);
  return context.get();
}

}  // namespace

std::unique_ptr<Channel> tls_channel(Socket socket, const std::string& host, const TlsFiles& files) {
  return std::make_unique<TlsChannel>(std::move(socket), context_of(files), host);
}

}  // namespace konduit::bench
