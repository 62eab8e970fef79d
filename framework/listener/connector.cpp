#include "listener/connector.hpp"

#include <utility>

#include "konduit/dial.hpp"

namespace konduit::listener {

namespace {

using Opened = boost::system::result<Connection, Connector::Failure>;

FollowedTls client_tls(const ConnectorSettings& settings, const FileUser* user) {
  if (!settings.tls || !*settings.tls) return {};
  auto wanted = TlsSettings::from(*settings.tls);
  wanted.alpn.insert(wanted.alpn.end(), settings.alpn.begin(), settings.alpn.end());
  wanted.require_alpn = settings.require_alpn;
  return FollowedTls::client(wanted, user);
}

error_code code_of(DialErrc code) {
  switch (code) {
    case DialErrc::timeout: return StreamErrc::timed_out;
    case DialErrc::overloaded: return StreamErrc::overloaded;
    case DialErrc::cancelled: return StreamErrc::cancelled;
    default: return StreamErrc::hangup;
  }
}

}  // namespace

ManagedConnector::ManagedConnector(const Transports& transports, const ConnectorSettings& settings,
                                   BackendFinder find_backend, std::string owner, const FileUser* user)
    : transports_(transports),
      owner_(std::move(owner)),
      find_backend_(std::move(find_backend)),
      tls_(client_tls(settings, user)),
      liveness_(settings.liveness) {
  if (settings.via && *settings.via) via_ = settings.via->text();
}

awaitable<Opened> ManagedConnector::connect(Shard& shard, std::string url, TimePoint deadline) {
  auto opened = co_await carry(shard, url, deadline);
  if (opened.has_error() || !tls_.context()) co_return opened;
  const auto target = Target::parse(rest_of(url));
  std::string why;
  // A variable: g++ 12 destroys the temporary of a conditional inside a co_await expression twice.
  std::string host = target ? target->host : std::string();
  auto session =
      co_await tls_connect(shard, std::move(opened->stream), tls_.context(), std::move(host), deadline, &why);
  if (session.has_error()) co_return Failure{session.error(), "TLS with " + url + ": " + why};
  opened->stream = std::move(session->stream);
  opened->peer.certificate = std::move(session->peer);
  opened->alpn = std::move(session->alpn);
  co_return opened;
}

awaitable<Opened> ManagedConnector::carry(Shard& shard, const std::string& url, TimePoint deadline) {
  if (!via_.empty()) co_return co_await dial_via(shard, url, deadline);
  const Transport* transport = transports_.find(url);
  if (!transport) co_return Failure{StreamErrc::protocol, "no transport for " + url};
  co_return co_await transport->connect(shard, url, liveness_, deadline);
}

awaitable<Opened> ManagedConnector::dial_via(Shard& shard, const std::string& url, TimePoint deadline) {
  auto target = Target::parse(rest_of(url));
  if (!target) co_return Failure{StreamErrc::protocol, url + " has no host:port to dial through " + via_};
  const DialRequest request{.target = std::move(*target), .deadline = deadline, .frontend = owner_};
  auto stream = co_await find_backend_(shard, via_).dial(request);
  if (stream.has_error())
    co_return Failure{code_of(stream.error().code), url + " through " + via_ + ": " + stream.error().text};
  co_return Connection{std::move(*stream), {.address = url}, {}};
}

}  // namespace konduit::listener
