#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace konduit::bench {

/// A descriptor that closes itself.
class Socket {
 public:
  explicit Socket(int descriptor = -1) noexcept : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(other.release()) {}
  Socket& operator=(Socket&& other) noexcept;
  ~Socket();

  int get() const noexcept { return descriptor_; }
  int release() noexcept;

 private:
  int descriptor_;
};

/// Everything below throws std::runtime_error that names the call and the cause.
Socket connect_tcp(const std::string& host, std::uint16_t port);
Socket connect_unix(const std::string& path);
/// Port 0: any; `bound` tells which.
Socket listen_tcp(const std::string& host, std::uint16_t port, std::uint16_t& bound);
void set_nonblocking(const Socket& socket);
void send_all(const Socket& socket, const std::string& bytes);

/// From now on a blocking call waits no longer than this and then fails with EAGAIN.
void set_patience(const Socket& socket, std::chrono::milliseconds patience);

/// HTTP CONNECT, as kube-apiserver writes it.
std::string connect_request(const std::string& target);

/// A blocking tunnel to the endpoint's port on 127.0.0.1 through the HTTP CONNECT proxy "unix:/path", or, where `proxy`
/// is empty, a connection to it. Not a byte of the tunnel has been read. Gives the proxy ten seconds to answer.
Socket open_tunnel(const std::string& proxy, std::uint16_t endpoint);

}  // namespace konduit::bench
