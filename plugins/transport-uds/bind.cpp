#include "transport-uds/bind.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <string>
#include <utility>

#include "konduit/error.hpp"
#include "konduit/shard.hpp"
#include "socket/acceptor.hpp"
#include "socket/errors.hpp"
#include "socket/file_descriptor.hpp"

#include "transport-uds/socket_file.hpp"
#include "transport-uds/uds_url.hpp"

namespace konduit::transport_uds {

namespace {

constexpr mode_t kMode = 0770;
constexpr mode_t kAllBits = 0777;
constexpr int kBacklog = 4096;

mode_t mode_of(const config::Node& endpoint) {
  const config::Node& mode = endpoint["mode"];
  if (!mode) return kMode;
  const std::string& text = mode.text();
  mode_t bits = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), bits, 8);
  if (failure != std::errc() || end != text.data() + text.size() || bits > kAllBits) {
    throw StartError(mode.path() + ": \"" + text + "\" is no file mode; expected an octal number such as 0770");
  }
  return bits;
}

std::string describe(int descriptor, const sockaddr_storage&) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return "uds://";
  return "uds://pid=" + std::to_string(peer.pid) + ",uid=" + std::to_string(peer.uid);
}

socket::FileDescriptor new_socket(const std::string& url) {
  socket::FileDescriptor made(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!made) throw StartError("cannot listen on " + url + ": " + socket::error_words(errno));
  return made;
}

class UdsBinding final : public Binding {
 public:
  UdsBinding(std::string url, std::string path, mode_t mode, bool unlink_existing)
      : url_(std::move(url)),
        listening_(new_socket(url_)),
        file_(listening_.get(), std::move(path), mode, unlink_existing) {
    if (::listen(listening_.get(), kBacklog) != 0) {
      throw StartError("cannot listen on " + url_ + ": " + socket::error_words(errno));
    }
  }

  const std::string& url() const noexcept override { return url_; }

  std::unique_ptr<Acceptor> open(Shard& shard, const Liveness& liveness) override {
    return std::make_unique<socket::SocketAcceptor>(shard, socket::duplicate(listening_.get()), socket::Family::local,
                                                    liveness, &describe);
  }

 private:
  const std::string url_;
  const socket::FileDescriptor listening_;
  const SocketFile file_;  ///< Removed before the socket is closed: nobody finds a file that refuses.
};

}  // namespace

std::unique_ptr<Binding> bind_uds(const config::Node& endpoint) {
  const std::string& url = endpoint["url"].text();
  UdsUrl parsed = parse_uds_url(url);
  if (!parsed.error.empty()) throw StartError("cannot listen on " + parsed.error);
  const config::Node& unlink_existing = endpoint["unlink_existing"];
  return std::make_unique<UdsBinding>(url, std::move(parsed.path), mode_of(endpoint),
                                      !unlink_existing || unlink_existing.boolean());
}

}  // namespace konduit::transport_uds
