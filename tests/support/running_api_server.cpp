#include "support/running_api_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <future>
#include <stdexcept>
#include <utility>

#include "socket/acceptor.hpp"

namespace konduit::test_support {
namespace {

std::string nobody(int, const sockaddr_storage&) { return {}; }

struct Listening {
  socket::FileDescriptor descriptor;
  std::string url;
};

Listening listen_somewhere() {
  Listening made{socket::FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)), {}};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(made.descriptor.get(), generic, size) != 0 || ::listen(made.descriptor.get(), SOMAXCONN) != 0 ||
      ::getsockname(made.descriptor.get(), generic, &size) != 0) {
    throw std::runtime_error("cannot listen on 127.0.0.1");
  }
  made.url = "https://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  return made;
}

}  // namespace

/// What lives on the server's thread.
struct RunningApiServer::Running {
  explicit Running(FakeApiServer::Script script) : server(shard, std::move(script)), tasks(shard), ending(shard) {}

  awaitable<void> accept(socket::FileDescriptor listening) {
    socket::SocketAcceptor acceptor(shard, std::move(listening), socket::Family::tcp, Liveness{}, &nobody);
    for (;;) {
      auto accepted = co_await acceptor.accept();
      if (!accepted) co_return;
      server.on_connection({std::move(accepted->stream), {.address = {}, .certificate = nullptr, .identity = {}}, {}});
    }
  }
  awaitable<void> end() {
    tasks.cancel();
    co_await tasks.join();
    co_await server.stop();
    shard.stop();
  }

  Shard shard;
  FakeApiServer server;
  TaskGroup tasks;
  TaskGroup ending;
};

RunningApiServer::RunningApiServer(FakeApiServer::Script script) {
  Listening listening = listen_somewhere();
  std::promise<void> ready;
  thread_ = std::thread([&, its_script = std::move(script)]() mutable {
    Running running(std::move(its_script));
    running_ = &running;
    kubeconfig_ = running.server.kubeconfig(listening.url, "{token: token-of-the-program}");
    running.tasks.spawn(running.accept(std::move(listening.descriptor)));
    ready.set_value();
    running.shard.run();
    // What the last turn began ends.
    running.shard.run_ready();
  });
  ready.get_future().wait();
}

RunningApiServer::~RunningApiServer() {
  running_->shard.post([this] { running_->ending.spawn(running_->end()); });
  thread_.join();
}

}  // namespace konduit::test_support
