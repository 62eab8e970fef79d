#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "socket/file_descriptor.hpp"

namespace konduit::test_support {

/// A connected socket whose calls block, each for kPatience at most. Whatever fails, also a reset or an early end,
/// throws std::runtime_error.
class Peer {
 public:
  explicit Peer(socket::FileDescriptor connected);
  /// To "tcp://ADDRESS:PORT" or "uds:///PATH".
  static Peer connect(const std::string& url);

  void write(std::string_view bytes);
  /// Exactly so many bytes.
  std::string read(std::size_t count);
  /// One read of the system: what is there, empty at the end of stream.
  std::string read_some(std::size_t most = 64 * 1024);
  std::string read_to_end();
  /// What lies there unread.
  std::size_t unread() const;
  /// Waits until something can be read.
  void await_readable() const;
  void half_close();
  void close() { socket_.close(); }
  int descriptor() const noexcept { return socket_.get(); }

 private:
  socket::FileDescriptor socket_;
};

/// Listens on a free port of 127.0.0.1.
class Endpoint {
 public:
  Endpoint();
  /// "127.0.0.1:PORT".
  const std::string& target() const noexcept { return target_; }
  Peer accept();

 private:
  socket::FileDescriptor listening_;
  std::string target_;
};

/// The answer of a proxy at `url` that exactly precedes the tunnel.
inline constexpr std::string_view kEstablished = "HTTP/1.1 200 Connection Established\r\n\r\n";

std::string connect_request(const std::string& target);

/// A tunnel by HTTP CONNECT. Throws std::runtime_error with the proxy's answer if that is not 200.
Peer open_tunnel(const std::string& url, const std::string& target);

/// All that a server at `url` answers to a GET, head included.
std::string http_get(const std::string& url, const std::string& path, const std::string& host = "localhost");

/// Reads the answer to a CONNECT, and not a byte more; throws as open_tunnel() does.
void read_established(Peer& peer);

}  // namespace konduit::test_support
