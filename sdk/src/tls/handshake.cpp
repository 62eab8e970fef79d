#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <utility>

#include "konduit/shard.hpp"
#include "konduit/stream_io.hpp"
#include "konduit/tls.hpp"
#include "tls/bio.hpp"
#include "tls/certificate.hpp"
#include "tls/context.hpp"
#include "tls/errors.hpp"
#include "tls/stream.hpp"

namespace konduit {
namespace {

using tls::SslHandle;
using tls::Wire;

// How long a peer gets to take the alert that tells it what was wrong.
constexpr auto kAlertPatience = std::chrono::seconds(1);

/// What one handshake works on. Lives in the frame of tls_accept() or tls_connect(), so below it plain pointers will
/// do.
struct Handshake {
  Shard& shard;
  SslHandle ssl;
  std::unique_ptr<Wire> wire;
  std::unique_ptr<tls::X509Handle> refused;  // OpenSSL has its address
  std::string host;                          // what the peer's certificate must be for; empty on a server
  TimePoint deadline;
  std::string reason;
};

std::string bare_host(std::string host) {
  if (host.ends_with('.')) host.pop_back();
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host;
}

/// Empty, or why the certificate could not be checked against `host`.
std::string expect_host(SSL* ssl, const std::string& host) {
  // OpenSSL takes an empty name for "any".
  if (host.empty()) return "there is no host name to verify the server's certificate by: set server_name";
  X509_VERIFY_PARAM* verification = SSL_get0_param(ssl);
  boost::system::error_code not_an_address;
  const auto address = asio::ip::make_address(host.substr(0, host.find('%')), not_an_address);
  int ok = 0;
  if (not_an_address) {
    ok = X509_VERIFY_PARAM_set1_host(verification, host.data(), host.size()) == 1 &&
         SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
  } else if (address.is_v4()) {
    const auto bytes = address.to_v4().to_bytes();
    ok = X509_VERIFY_PARAM_set1_ip(verification, bytes.data(), bytes.size());
  } else {
    const auto bytes = address.to_v6().to_bytes();
    ok = X509_VERIFY_PARAM_set1_ip(verification, bytes.data(), bytes.size());
  }
  ERR_clear_error();
  return ok == 1 ? std::string() : "'" + host + "' is not a host name that TLS can verify";
}

std::string text_of(const error_code& error, std::string_view doing) {
  if (error == StreamErrc::timed_out) return "the TLS handshake timed out " + std::string(doing);
  if (error == StreamErrc::end_of_stream || error == StreamErrc::hangup || error == StreamErrc::reset) {
    return "the peer closed the connection during the TLS handshake";
  }
  return "the TLS handshake was broken off: " + error.message();
}

/// Runs OpenSSL's state machine until it is through, needs the peer (would_block) or fails (protocol).
error_code advance(Handshake& handshake) {
  ERR_clear_error();
  const int result = SSL_do_handshake(handshake.ssl.get());
  if (result == 1) return {};
  if (SSL_get_error(handshake.ssl.get(), result) == SSL_ERROR_WANT_READ) return StreamErrc::would_block;
  handshake.reason = tls::describe_handshake_failure(handshake.ssl.get(), handshake.refused->get(), handshake.host);
  return StreamErrc::protocol;
}

awaitable<error_code> shake_hands(Handshake* handshake, StreamIo* io) {
  for (;;) {
    const error_code state = advance(*handshake);
    error_code not_sent;
    if (handshake->wire->pending() > 0) {
      const auto sent = co_await io->write_all(handshake->wire->output(), handshake->deadline);
      if (!sent) not_sent = sent.error();
    }
    if (!would_block(state)) {
      if (!state && not_sent) handshake->reason = text_of(not_sent, "while the peer took no bytes");
      co_return state ? state : not_sent;
    }
    // A peer that refuses and closes has left an alert behind, and that says more than the failed write.
    if (not_sent) handshake->wire->drop_output();
    constexpr ReadShape kFlight{.headroom = 0, .payload = 8 * 1024, .limit = 16 * 1024};
    const auto got = co_await io->read_some(handshake->wire->input(), handshake->deadline, kFlight);
    if (!got) {
      const error_code cause = not_sent ? not_sent : got.error();
      handshake->reason = text_of(cause, "while waiting for the peer");
      co_return end_of_stream(cause) ? error_code(StreamErrc::reset) : cause;
    }
  }
}

/// Closes in order, so that the alert arrives before the end.
awaitable<void> part(Handshake* handshake, Stream* inner, StreamIo* io) {
  inner->close();
  const TimePoint patience = handshake->shard.now() + kAlertPatience;
  co_await io->closed(std::min(handshake->deadline, patience));
}

std::string agreed_protocol(SSL* ssl) {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl, &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::string without_protocol(const TlsSettings& settings) {
  std::string names;
  for (const auto& name : settings.alpn) names += (names.empty() ? "" : ", ") + name;
  return "the peer agreed to no application protocol; this end speaks " + names;
}

awaitable<Result<TlsSession>> establish(Handshake handshake, StreamPtr inner, std::shared_ptr<TlsContext> context,
                                        std::string* text) {
  const TlsSettings& settings = static_cast<const tls::Context&>(*context).settings();
  error_code failure;
  {
    StreamIo io(handshake.shard, *inner);
    if (handshake.reason.empty()) {
      failure = co_await shake_hands(&handshake, &io);
    } else {
      failure = StreamErrc::protocol;
    }
    if (!failure && settings.require_alpn && agreed_protocol(handshake.ssl.get()).empty()) {
      failure = StreamErrc::protocol;
      handshake.reason = without_protocol(settings);
    }
    if (failure == StreamErrc::protocol) co_await part(&handshake, inner.get(), &io);
  }
  if (failure) {
    if (text) *text = std::move(handshake.reason);
    co_return failure;
  }
  SSL_set_app_data(handshake.ssl.get(), nullptr);
  TlsSession session;
  session.alpn = agreed_protocol(handshake.ssl.get());
  if (const tls::X509Handle peer{SSL_get1_peer_certificate(handshake.ssl.get())}) {
    session.peer = std::make_shared<const Certificate>(tls::read_certificate(*peer));
  }
  session.stream = std::make_unique<tls::TlsStream>(handshake.shard, std::move(inner), std::move(handshake.ssl),
                                                    std::move(handshake.wire));
  co_return session;
}

Handshake prepare(Shard& shard, TlsContext& context, TimePoint deadline) {
  Handshake handshake{.shard = shard,
                      .ssl = {},
                      .wire = std::make_unique<Wire>(shard.pool()),
                      .refused = std::make_unique<tls::X509Handle>(),
                      .host = {},
                      .deadline = deadline,
                      .reason = {}};
  handshake.ssl = static_cast<tls::Context&>(context).new_session(handshake.refused.get());
  tls::BioHandle bio = handshake.wire->make_bio();
  if (!handshake.ssl || !bio) {
    handshake.reason = "OpenSSL cannot make a session: " + tls::take_error_text();
    return handshake;
  }
  BIO* raw = bio.release();
  SSL_set_bio(handshake.ssl.get(), raw, raw);
  return handshake;
}

}  // namespace

awaitable<Result<TlsSession>> tls_accept(Shard& shard, StreamPtr inner, std::shared_ptr<TlsContext> context,
                                         TimePoint deadline, std::string* text) {
  Handshake handshake = prepare(shard, *context, deadline);
  co_return co_await establish(std::move(handshake), std::move(inner), std::move(context), text);
}

awaitable<Result<TlsSession>> tls_connect(Shard& shard, StreamPtr inner, std::shared_ptr<TlsContext> context,
                                          std::string host, TimePoint deadline, std::string* text) {
  Handshake handshake = prepare(shard, *context, deadline);
  const auto& name = static_cast<const tls::Context&>(*context).settings().server_name;
  handshake.host = bare_host(name.empty() ? std::move(host) : name);
  if (handshake.reason.empty()) handshake.reason = expect_host(handshake.ssl.get(), handshake.host);
  co_return co_await establish(std::move(handshake), std::move(inner), std::move(context), text);
}

}  // namespace konduit
