#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "sockets.hpp"

namespace konduit::bench {

/// Files in PEM, for a proxy that asks for a certificate.
struct TlsFiles {
  std::string ca;
  std::string certificate;
  std::string key;
};

/// A connection that never blocks. Every call throws std::runtime_error when the connection has ended or broken.
class Channel {
 public:
  virtual ~Channel() = default;

  /// Goes on with the handshake when the socket is ready for wanted(). True: done.
  virtual bool establish() = 0;
  /// Before it is established: EPOLLIN or EPOLLOUT.
  virtual std::uint32_t wanted() const = 0;

  /// How many bytes came; 0: none is there.
  virtual std::size_t read(std::span<char> into) = 0;
  /// How many bytes it took, of all pieces together; 0: none. What it did not take must come first the next time.
  virtual std::size_t write(std::span<const iovec> pieces) = 0;
  /// Something has been read from the socket that read() has not handed out: the socket does not tell of it.
  virtual bool holds_more() const { return false; }

  virtual const Socket& socket() const = 0;
};

/// Over a connected socket, which it makes non-blocking.
std::unique_ptr<Channel> plain_channel(Socket socket);

/// TLS as a client that shows a certificate; `host` is checked against that of the peer.
std::unique_ptr<Channel> tls_channel(Socket socket, const std::string& host, const TlsFiles& files);

}  // namespace konduit::bench
