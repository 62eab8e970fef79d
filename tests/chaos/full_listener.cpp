#include "chaos/full_listener.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace konduit::chaos {

namespace {

/// Linux takes one more than the backlog says; a few more for certain.
constexpr int kMore = 4;

[[noreturn]] void fail(const char* what) { throw std::runtime_error(std::string(what) + ": " + std::strerror(errno)); }

}  // namespace

FullListener::FullListener() : listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listening_.get(), generic, size) != 0) fail("bind");
  if (::listen(listening_.get(), 0) != 0) fail("listen");
  if (::getsockname(listening_.get(), generic, &size) != 0) fail("getsockname");
  port_ = ntohs(address.sin_port);
  for (int i = 0; i != kMore; ++i) {
    waiting_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (::connect(waiting_.back().get(), generic, size) != 0 && errno != EINPROGRESS) fail("connect");
  }
}

}  // namespace konduit::chaos
