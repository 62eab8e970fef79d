#include "transport-tcp/tcp_transport.hpp"

#include <utility>

#include "konduit/shard.hpp"
#include "socket/lingerer.hpp"
#include "socket/options.hpp"
#include "socket/socket_stream.hpp"

#include "resolver/resolver.hpp"
#include "transport-tcp/addresses.hpp"
#include "transport-tcp/bind.hpp"
#include "transport-tcp/connect.hpp"
#include "transport-tcp/dial_words.hpp"
#include "transport-tcp/tcp_url.hpp"

namespace konduit::transport_tcp {

std::string TcpTransport::check(const std::string& url) const { return parse_tcp_url(url).error; }

std::unique_ptr<Binding> TcpTransport::bind(const config::Node& endpoint) const { return bind_tcp(endpoint); }

awaitable<boost::system::result<Connection, Connector::Failure>> TcpTransport::connect(Shard& shard, std::string url,
                                                                                       Liveness liveness,
                                                                                       TimePoint deadline) const {
  using Failure = Connector::Failure;
  const TcpUrl parsed = parse_tcp_url(url);
  if (!parsed.error.empty()) co_return Failure{StreamErrc::protocol, parsed.error};
  if (parsed.host.empty() || parsed.port == 0) {
    co_return Failure{StreamErrc::protocol, "\"" + url + "\": a host and a port other than 0 are needed to connect to"};
  }
  const auto addresses = co_await resolver::system_resolver(shard).resolve(parsed.host, deadline);
  if (!addresses) co_return connector_failure(dial_error(parsed.host, addresses.error()));
  auto connected = co_await connect_first(shard, interleave(*addresses, parsed.port), deadline);
  if (!connected) co_return connector_failure(dial_error(connected.error()));

  socket::set_tcp_options(connected->descriptor.get(), liveness);
  error_code failure;
  auto stream = socket::make_stream(shard, std::move(connected->descriptor), socket::Family::tcp, failure);
  if (!stream) co_return Failure{StreamErrc::overloaded, "cannot watch a socket: " + failure.message()};
  Connection connection;
  connection.stream = std::move(stream);
  connection.peer.address = "tcp://" + endpoint_text(connected->endpoint);
  co_return connection;
}

awaitable<void> TcpTransport::settled(Shard& shard, TimePoint deadline) const {
  return socket::Lingerer::of(shard).settled(deadline);
}

}  // namespace konduit::transport_tcp
