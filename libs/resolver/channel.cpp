#include "resolver/channel.hpp"

#include <fcntl.h>
#include <netinet/in.h>

#include <chrono>
#include <cstring>
#include <utility>

#include "konduit/shard.hpp"
#include "socket/watch.hpp"

#include "resolver/address.hpp"

namespace konduit::resolver {

namespace {

/// A lost datagram must leave time for a second and a third try within the usual dial timeout of 5 s.
constexpr int kTryMilliseconds = 1500;
constexpr int kTries = 3;

std::string joined(const std::vector<std::string>& servers) {
  std::string list;
  for (const std::string& server : servers) list += (list.empty() ? "" : ",") + server;
  return list;
}

asio::ip::address address_of(const sockaddr& found) {
  if (found.sa_family == AF_INET) {
    asio::ip::address_v4::bytes_type bytes;
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in&>(found).sin_addr, bytes.size());
    return asio::ip::address_v4(bytes);
  }
  asio::ip::address_v6::bytes_type bytes;
  std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(found).sin6_addr, bytes.size());
  return plain(asio::ip::address_v6(bytes));
}

}  // namespace

class Channel::Socket final : private socket::Watch::Owner {
 public:
  Socket(Channel& channel, ares_socket_t number) : channel_(channel), number_(number) {
    socket::FileDescriptor copy(::fcntl(number, F_DUPFD_CLOEXEC, 0));
    error_code failure;
    // Without a watch the question ends by its timeout.
    if (copy) watch_ = socket::Watch::make(channel.shard_.context(), std::move(copy), *this, failure);
  }
  ~Socket() {
    if (watch_) watch_->detach();
  }

  void want(bool readable, bool writable) {
    readable_ = readable;
    writable_ = writable;
    arm();
  }
  void arm() {
    if (!watch_) return;
    if (readable_) watch_->arm(socket::Watch::read);
    if (writable_) watch_->arm(socket::Watch::write);
  }

 private:
  void on_event(socket::Watch::Event event) override {
    if (event == socket::Watch::read) {
      channel_.advance(number_, ARES_SOCKET_BAD);
    } else {
      channel_.advance(ARES_SOCKET_BAD, number_);
    }
  }

  Channel& channel_;
  const ares_socket_t number_;
  bool readable_ = false;
  bool writable_ = false;
  socket::WatchPtr watch_;
};

struct Channel::Question {
  Channel& channel;
  std::shared_ptr<Lookup> lookup;  // shared with the coroutine that waits, which may have given up
  int family;
};

Channel::Channel(Shard& shard, const ChannelSettings& settings) : shard_(shard), timer_(shard.deadlines(), *this) {
  static const int kLibrary = ares_library_init(ARES_LIB_INIT_ALL);
  // Only name servers: the hosts file is the resolver's own.
  char lookups[] = "b";
  std::string resolv_conf = settings.resolv_conf;
  ares_options options{};
  options.timeout = kTryMilliseconds;
  options.tries = kTries;
  options.lookups = lookups;
  options.sock_state_cb = &on_socket_state;
  options.sock_state_cb_data = this;
  options.resolvconf_path = resolv_conf.data();
  status_ = kLibrary != ARES_SUCCESS ? kLibrary
                                     : ares_init_options(&channel_, &options,
                                                         ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
                                                             ARES_OPT_SOCK_STATE_CB | ARES_OPT_RESOLVCONF);
  if (status_ == ARES_SUCCESS && !settings.servers.empty()) {
    status_ = ares_set_servers_ports_csv(channel_, joined(settings.servers).c_str());
  }
}

Channel::~Channel() {
  if (channel_) ares_destroy(channel_);
}

void Channel::ask(const std::string& name, int family, std::shared_ptr<Lookup> lookup) {
  auto question = std::make_unique<Question>(Question{*this, std::move(lookup), family});
  ++pending_;
  if (status_ != ARES_SUCCESS) {
    on_answer(question.release(), status_, 0, nullptr);
    return;
  }
  ares_addrinfo_hints hints{};
  hints.ai_family = family;
  hints.ai_socktype = SOCK_STREAM;
  // Sorting opens a socket for every address, and undoes the servers' rotation.
  hints.ai_flags = ARES_AI_NOSORT;
  ares_getaddrinfo(channel_, name.c_str(), nullptr, &hints, &on_answer, question.release());
  schedule();
}

void Channel::on_answer(void* question, int status, int, ares_addrinfo* answer) {
  const std::unique_ptr<Question> asked(static_cast<Question*>(question));
  const std::unique_ptr<ares_addrinfo, decltype(&ares_freeaddrinfo)> owned(answer, &ares_freeaddrinfo);
  --asked->channel.pending_;
  Lookup::Answer& known = asked->family == AF_INET ? asked->lookup->v4 : asked->lookup->v6;
  known.done = true;
  known.status = status;
  for (const auto* node = answer ? answer->nodes : nullptr; node; node = node->ai_next) {
    if (node->ai_family == asked->family) known.addresses.push_back(address_of(*node->ai_addr));
  }
  asked->lookup->changed.set();
}

void Channel::on_socket_state(void* self, ares_socket_t socket, int readable, int writable) {
  auto& sockets = static_cast<Channel*>(self)->sockets_;
  if (!readable && !writable) {
    sockets.erase(socket);
    return;
  }
  auto& known = sockets[socket];
  if (!known) known = std::make_unique<Socket>(*static_cast<Channel*>(self), socket);
  known->want(readable != 0, writable != 0);
}

void Channel::on_deadline(Deadline&) { advance(ARES_SOCKET_BAD, ARES_SOCKET_BAD); }

void Channel::advance(ares_socket_t readable, ares_socket_t writable) {
  ares_process_fd(channel_, readable, writable);
  // c-ares says what it wants when that changes, not after every event.
  for (const ares_socket_t number : {readable, writable}) {
    if (const auto found = sockets_.find(number); found != sockets_.end()) found->second->arm();
  }
  schedule();
}

void Channel::schedule() {
  timeval next{};
  if (!ares_timeout(channel_, nullptr, &next)) {
    timer_.disarm();
    return;
  }
  timer_.arm(std::chrono::seconds(next.tv_sec) + std::chrono::microseconds(next.tv_usec));
}

}  // namespace konduit::resolver
