#include "chaos/metrics_page.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <sstream>
#include <stdexcept>

#include "socket/file_descriptor.hpp"

namespace konduit::chaos {

namespace {

socket::FileDescriptor connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error(path + ": too long for a Unix socket");
  std::memcpy(address.sun_path, path.c_str(), path.size());
  socket::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience{.tv_sec = 2, .tv_usec = 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error(path + ": " + std::strerror(errno));
  }
  return socket;
}

}  // namespace

MetricsPage MetricsPage::fetch(const std::string& path) {
  const auto socket = connect_to(path);
  constexpr std::string_view kRequest = "GET /metrics HTTP/1.1\r\nHost: chaos\r\nConnection: close\r\n\r\n";
  std::string text;
  if (::send(socket.get(), kRequest.data(), kRequest.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(kRequest.size())) {
    char piece[16 * 1024];
    for (ssize_t count = 1; count > 0;) {
      count = ::recv(socket.get(), piece, sizeof piece, 0);
      if (count > 0) text.append(piece, static_cast<std::size_t>(count));
    }
  }
  if (!text.starts_with("HTTP/1.1 200 ")) throw std::runtime_error(path + ": no metrics came");
  return parse(text);
}

MetricsPage MetricsPage::parse(const std::string& text) {
  MetricsPage page;
  std::map<std::string, std::string> types;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first, second, name, type;
    if (line.starts_with("# TYPE ")) {
      words >> first >> second >> name >> type;
      types[name] = type;
      continue;
    }
    name = line.substr(0, line.find_first_of("{ "));
    const auto known = types.find(name);
    const std::size_t value = line.rfind(' ');
    if (known == types.end() || value == std::string::npos) continue;
    if (known->second == "gauge") page.gauges[name] += std::stod(line.substr(value));
    if (known->second == "counter") page.counters[name] += std::stod(line.substr(value));
  }
  return page;
}

}  // namespace konduit::chaos
