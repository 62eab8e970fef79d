#pragma once

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
Socket listen_tcp(std::uint16_t port, std::uint16_t& bound);
void set_nonblocking(const Socket& socket);
void send_all(const Socket& socket, const std::string& bytes);

/// Asks the proxy behind `socket` for a tunnel and reads its answer, and not a byte more.
void ask_for_tunnel(const Socket& socket, const std::string& target);

}  // namespace konduit::bench
