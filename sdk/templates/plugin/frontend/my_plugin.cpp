#include "my_plugin.hpp"

#include <array>
#include <boost/asio/error.hpp>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <konduit/shard.hpp>
#include <konduit/stream_io.hpp>

namespace my_plugin_plugin {
namespace {

using konduit::awaitable;

// The longest name that there is, a port and the line's end fit in.
constexpr std::size_t kLongestLine = 264;
// An answer is a few bytes: who does not take them is gone.
constexpr auto kAnswerPatience = std::chrono::seconds(10);

/// One client, from its first byte to its tunnel or its refusal.
class Client {
 public:
  Client(konduit::Shard& shard, konduit::Dialer& dialer, konduit::Connection connection)
      : shard_(shard), dialer_(dialer), connection_(std::move(connection)), dialling_(shard), watching_(shard) {
    io_.emplace(shard_, *connection_.stream);
  }

  /// True if the client has its tunnel.
  static awaitable<bool> serve(Client* self, std::string frontend, Patience patience) {
    const std::string line = co_await self->read_line(self->shard_.now() + patience.request);
    if (line.empty()) co_return false;
    const auto target = konduit::Target::parse(line);
    if (!target || line.find('\n') != std::string::npos) {
      co_await self->refuse("say in one line where to go: host:port");
      co_return false;
    }
    konduit::DialRequest request;
    request.target = *target;
    request.peer = self->connection_.peer;
    request.deadline = self->shard_.now() + patience.dial;
    request.frontend = std::move(frontend);
    co_await self->ask(std::move(request));
    co_return co_await self->answer();
  }

 private:
  /// What the client says, without the end of its line; what is no line if it says something else; nothing if it goes
  /// or is late.
  awaitable<std::string> read_line(konduit::TimePoint deadline) {
    constexpr konduit::ReadShape kPiece{.headroom = 0, .payload = kLongestLine, .limit = kLongestLine};
    konduit::BufferQueue received;
    std::array<std::byte, kLongestLine> bytes;
    for (;;) {
      const auto got = co_await io_->read_some(received, deadline, kPiece);
      if (!got) co_return std::string();
      const std::size_t size = received.peek(bytes);
      const std::string_view said(reinterpret_cast<const char*>(bytes.data()), size);
      if (said.find('\n') == size - 1 && size > 1) co_return std::string(said.substr(0, size - 1));
      if (said.find('\n') != std::string_view::npos || size == kLongestLine) co_return std::string(said);
    }
  }

  /// Dials, and breaks off when the client goes away.
  awaitable<void> ask(konduit::DialRequest request) {
    dialling_.spawn(dial(this, std::move(request)));
    watching_.spawn(break_off_when_closed(this));
    co_await dialling_.join_or_cancel();
    watching_.cancel();
    co_await watching_.join();
  }

  static awaitable<void> dial(Client* self, konduit::DialRequest request) {
    auto tunnel = co_await self->dialer_.dial(std::move(request));
    self->dialled_.emplace(std::move(tunnel));
  }

  static awaitable<void> break_off_when_closed(Client* self) {
    const konduit::error_code why = co_await self->io_->closed(konduit::TimePoint::max());
    if (why != konduit::asio::error::operation_aborted) self->dialling_.cancel();
  }

  /// Tells the client what became of its dial.
  awaitable<bool> answer() {
    if (!dialled_) co_return false;
    if (!*dialled_) {
      if (dialled_->error().code != konduit::DialErrc::cancelled) co_await refuse(dialled_->error().text);
      co_return false;
    }
    const bool told = co_await say("ok\n");
    if (!told) co_return false;
    io_.reset();  // the core observes the stream from now on
    (**dialled_)->splice(std::move(connection_.stream));
    co_return true;
  }

  awaitable<void> refuse(std::string why) {
    const bool told = co_await say("error: " + why + "\n");
    if (!told) co_return;
    connection_.stream->close();
    co_await io_->closed(shard_.now() + kAnswerPatience);
  }

  awaitable<bool> say(std::string text) {
    konduit::BufferQueue bytes;
    bytes.push_back(shard_.pool().copy(std::string_view(text)));
    const auto sent = co_await io_->write_all(bytes, shard_.now() + kAnswerPatience);
    co_return sent.has_value();
  }

  konduit::Shard& shard_;
  konduit::Dialer& dialer_;
  konduit::Connection connection_;
  std::optional<konduit::StreamIo> io_;
  std::optional<konduit::DialResult<std::unique_ptr<konduit::Tunnel>>> dialled_;
  konduit::TaskGroup dialling_;
  konduit::TaskGroup watching_;
};

}  // namespace

MyPlugin::MyPlugin(const konduit::config::Node& node, konduit::Host& host) : node_(node), host_(host) {}

awaitable<void> MyPlugin::prepare() {
  listener_ = host_.listen(node_["listen"], {});
  co_return;
}

std::unique_ptr<konduit::FrontendPart> MyPlugin::attach(konduit::Attachment& attachment, konduit::Dialer& dialer) {
  const Patience patience{.request = node_["request_timeout"].duration(), .dial = node_["dial_timeout"].duration()};
  return std::make_unique<MyPluginPart>(attachment.shard(), dialer, host_, patience, listener_);
}

MyPluginPart::MyPluginPart(konduit::Shard& shard, konduit::Dialer& dialer, konduit::Host& host, Patience patience,
                           std::shared_ptr<konduit::Listener> listener)
    : shard_(shard),
      dialer_(dialer),
      host_(host),
      patience_(patience),
      listener_(std::move(listener)),
      tunnels_(host.metrics().counter("konduit_my_plugin_tunnels_total", "Clients that were given a tunnel.")),
      refusals_(host.metrics().counter("konduit_my_plugin_refusals_total", "Clients that went without a tunnel.")),
      clients_(shard),
      idle_(shard) {
  idle_.set();
}

awaitable<void> MyPluginPart::start() {
  listener_->start(shard_, *this);
  co_return;
}

awaitable<void> MyPluginPart::drain(konduit::TimePoint deadline) {
  listener_->stop(shard_);
  co_await idle_.wait(deadline);
}

awaitable<void> MyPluginPart::stop() {
  listener_->stop(shard_);
  clients_.cancel();
  co_await clients_.join();
}

void MyPluginPart::on_connection(konduit::Connection connection) {
  if (clients_.spawn(serve(this, std::move(connection)))) idle_.clear();
}

awaitable<void> MyPluginPart::serve(MyPluginPart* self, konduit::Connection connection) {
  {
    Client client(self->shard_, self->dialer_, std::move(connection));
    const bool served = co_await Client::serve(&client, self->host_.id(), self->patience_);
    (served ? self->tunnels_ : self->refusals_).add();
  }
  if (self->clients_.size() == 1) self->idle_.set();
}

}  // namespace my_plugin_plugin
