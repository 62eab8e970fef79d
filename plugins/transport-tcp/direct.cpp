#include "transport-tcp/direct.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "konduit/shard.hpp"
#include "socket/options.hpp"
#include "socket/socket_stream.hpp"

#include "transport-tcp/addresses.hpp"
#include "transport-tcp/connect.hpp"
#include "transport-tcp/dial_words.hpp"
#include "transport-tcp/tcp_url.hpp"

namespace konduit::transport_tcp {

namespace {

bool names_server(const std::string& text) {
  if (parse_address(text)) return true;
  const TcpUrl url = parse_tcp_url("tcp://" + text);
  return url.error.empty() && parse_address(url.host) && url.port != 0;
}

}  // namespace

Direct::Direct(const config::Node& node, Host& host) : host_(host), dial_timeout_(node["dial_timeout"].duration()) {
  for (const config::Node& server : node["servers"].items()) {
    if (!names_server(server.text()))
      host.report(server, "expected the address of a name server: ADDRESS or ADDRESS:PORT");
    resolver_.servers.servers.push_back(server.text());
  }
}

std::unique_ptr<BackendPart> Direct::attach(Attachment& attachment) {
  return std::make_unique<DirectPart>(attachment.shard(), host_.metrics(), dial_timeout_, resolver_);
}

DialCounters::DialCounters(Metrics& metrics)
    : connected_(metrics.counter("konduit_direct_dials_total", "Dials by their result.", {{"result", "connected"}})),
      seconds_(metrics.histogram("konduit_direct_dial_seconds", "Time that a successful dial took.",
                                 {0.005, 0.025, 0.1, 0.5, 2.5, 10, 30})) {
  for (auto code = DialErrc::refused; code <= DialErrc::cancelled;
       code = static_cast<DialErrc>(static_cast<int>(code) + 1)) {
    failed_[static_cast<std::size_t>(code)] =
        &metrics.counter("konduit_direct_dials_total", "Dials by their result.", {{"result", to_string(code)}});
  }
}

void DialCounters::connected(Duration took) noexcept {
  connected_.add();
  seconds_.observe(std::chrono::duration<double>(took).count());
}

DirectPart::DirectPart(Shard& shard, Metrics& metrics, Duration dial_timeout, ResolverSettings resolver)
    : shard_(shard), dial_timeout_(dial_timeout), resolver_(shard, std::move(resolver)), counters_(metrics) {}

awaitable<DialResult<StreamPtr>> DirectPart::dial(const DialRequest& request) {
  const TimePoint begin = shard_.now();
  auto stream = co_await open(request, std::min(request.deadline, begin + dial_timeout_));
  if (stream.has_value()) {
    counters_.connected(shard_.now() - begin);
  } else {
    counters_.failed(stream.error().code);
  }
  co_return stream;
}

awaitable<DialResult<StreamPtr>> DirectPart::open(const DialRequest& request, TimePoint deadline) {
  const Target& target = request.target;
  if (target.port == 0)
    co_return DialError{DialErrc::refused, false, "dial tcp: address " + target.text() + ": invalid port"};
  auto addresses = co_await resolver_.resolve(target.host, deadline);
  if (!addresses) co_return dial_error(target.host, addresses.error());
  if (request.resolution) {
    const auto allowed = co_await request.resolution->resolved(*addresses);
    if (!allowed) co_return allowed.error();
    if (addresses->empty())
      co_return DialError{DialErrc::denied, false, "dial tcp: " + target.text() + ": no address is left"};
  }
  auto connected = co_await connect_first(shard_, interleave(*addresses, target.port), deadline);
  if (!connected) co_return dial_error(connected.error());

  socket::set_tcp_options(connected->descriptor.get(), {});
  error_code failure;
  auto stream = socket::SocketStream::make(shard_, std::move(connected->descriptor), socket::Family::tcp, failure);
  if (!stream) co_return DialError{DialErrc::overloaded, true, "dial tcp " + target.text() + ": " + failure.message()};
  stream->expect_silence();
  stream->set_remote("tcp://" + endpoint_text(connected->endpoint));
  co_return stream;
}

}  // namespace konduit::transport_tcp
