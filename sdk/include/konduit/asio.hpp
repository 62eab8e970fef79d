#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <chrono>

/// The names by which everything here uses Asio. The executor is always io_context's own: `any_io_executor` in a public
/// type would tie a plugin to the compiler of the core (two compilers mangle its constrained members differently).
namespace konduit {

namespace asio = boost::asio;

using executor = asio::io_context::executor_type;

template <class T = void>
using awaitable = asio::awaitable<T, executor>;

using TcpSocket = asio::basic_stream_socket<asio::ip::tcp, executor>;
using UnixSocket = asio::basic_stream_socket<asio::local::stream_protocol, executor>;

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = Clock::duration;

}  // namespace konduit
