#include "chaos/endpoint.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <iostream>
#include <utility>

#include "chaos/exchange.hpp"
#include "chaos/wire.hpp"

namespace konduit::chaos {

namespace {

using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, executor>;
constexpr std::size_t kPiece = 64 * 1024;

awaitable<void> answer(Wire& wire, const Request& request) {
  using namespace asio::experimental::awaitable_operators;
  const Pace reads{request.endpoint_reads, kPiece};
  const Pace writes{request.endpoint_writes, kPiece};
  const bool breaks = request.reset_after != 0;
  const std::uint64_t down = breaks ? std::min(request.down, request.reset_after) : request.down;
  const std::uint64_t checksum =
      co_await failure_of(wire.read_checksum(request.up, reads) && wire.write_pattern(~request.seed, down, writes));
  if (breaks) {
    wire.reset();
    co_return;
  }
  const Receipt receipt{.received = request.up, .checksum = checksum};
  co_await wire.write_value(receipt);
}

awaitable<void> converse(TcpSocket socket, std::uint16_t port) {
  Wire wire{StreamSocket(std::move(socket))};
  try {
    const Hello hello{.port = port};
    co_await wire.write_value(hello);
    for (;;) {
      const Request request = co_await wire.read_value<Request>();
      if (request.magic != Request::kMagic) throw Corruption("not a request");
      co_await answer(wire, request);
    }
  } catch (const Corruption& error) {
    std::cerr << "endpoint: from port " << port << ": " << error.what() << std::endl;
    wire.reset();
  } catch (const boost::system::system_error&) {
    // The client has left, or the tunnel broke: the client says which.
  }
}

awaitable<void> accept(Acceptor& acceptor) {
  for (;;) {
    auto [error, socket] = co_await acceptor.async_accept(asio::as_tuple(asio::use_awaitable_t<executor>()));
    if (error) continue;
    boost::system::error_code gone;
    const auto peer = socket.remote_endpoint(gone);
    if (gone) continue;
    socket.set_option(asio::ip::tcp::no_delay(true), gone);
    asio::co_spawn(acceptor.get_executor(), converse(std::move(socket), peer.port()), asio::detached);
  }
}

}  // namespace

int run_endpoint(std::uint16_t port) {
  asio::io_context context(1);
  Acceptor acceptor(context.get_executor(), asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), port));
  std::cout << acceptor.local_endpoint().port() << std::endl;
  asio::co_spawn(context.get_executor(), accept(acceptor), asio::detached);
  context.run();
  return 0;
}

}  // namespace konduit::chaos
