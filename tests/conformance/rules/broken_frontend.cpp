// A frontend whose clients say "host:port" in a line and are answered "welcome". A BROKEN_* definition makes it break
// one rule more than those that it is too small to keep.
#include <chrono>
#include <string>
#include <utility>

#include "konduit/connection.hpp"
#include "konduit/frontend.hpp"
#include "konduit/plugin.hpp"
#include "konduit/shard.hpp"
#include "konduit/stream_io.hpp"
#include "konduit/task_group.hpp"

namespace {

using namespace konduit;

class Part final : public FrontendPart, private Listener::Handler {
 public:
  Part(Shard& shard, Dialer& dialer, Host& host, std::shared_ptr<Listener> listener)
      : shard_(shard), dialer_(dialer), host_(host), listener_(std::move(listener)), clients_(shard) {}

  awaitable<void> start() override {
    listener_->start(shard_, *this);
    co_return;
  }
  awaitable<void> drain(TimePoint) override {
#if !defined(BROKEN_ACCEPTS_WHILE_IT_DRAINS)
    listener_->stop(shard_);
#endif
    co_return;
  }
  awaitable<void> stop() override {
    listener_->stop(shard_);
    clients_.cancel();
    co_await clients_.join();
  }

 private:
  void on_connection(Connection connection) override { clients_.spawn(serve(this, std::move(connection))); }

  static awaitable<void> serve(Part* self, Connection connection) {
    const TimePoint deadline = self->shard_.now() + std::chrono::seconds(10);
    DialRequest request;
    BufferQueue received;
    {
      StreamIo io(self->shard_, *connection.stream);
      std::string line;
      while (line.find('\n') == std::string::npos) {
        const auto got = co_await io.read_some(received, deadline);
        if (!got) co_return;
        while (received.count() > 0) line += received.pop_front().text();
      }
#if !defined(BROKEN_LOSES_EARLY_WORDS)
      if (!line.ends_with('\n')) co_return;
#endif
      auto target = Target::parse(line.substr(0, line.find('\n')));
      if (!target) co_return;
      request.target = *std::move(target);
    }
#if !defined(BROKEN_DIALS_FOR_NOBODY)
    request.peer = connection.peer;
#endif
    request.frontend = self->host_.id();
    auto tunnel = co_await self->dialer_.dial(std::move(request));
    if (!tunnel) co_return;
    BufferQueue answer;
    answer.push_back(self->shard_.pool().copy(std::string_view("welcome\n")));
#if defined(BROKEN_SPLICES_TOO_SOON)
    (void)connection.stream->try_write(answer);
#else
    {
      StreamIo io(self->shard_, *connection.stream);
      const auto sent = co_await io.write_all(answer, deadline);
      if (!sent) co_return;
    }
#endif
    (*tunnel)->splice(std::move(connection.stream));
  }

  Shard& shard_;
  Dialer& dialer_;
  Host& host_;
  const std::shared_ptr<Listener> listener_;
  TaskGroup clients_;
};

class Fixture final : public Frontend {
 public:
  Fixture(const config::Node& node, Host& host) : node_(node), host_(host) {}
  awaitable<void> prepare() override {
    listener_ = host_.listen(node_["listen"], {});
    co_return;
  }
  std::unique_ptr<FrontendPart> attach(Attachment& attachment, Dialer& dialer) override {
    return std::make_unique<Part>(attachment.shard(), dialer, host_, listener_);
  }

 private:
  const config::Node node_;
  Host& host_;
  std::shared_ptr<Listener> listener_;
};

constexpr config::Field kFields[] = {
    {.name = "listen", .type = config::Type::listen, .summary = "Where clients connect.", .required = true},
};

constexpr ComponentDescriptor kComponents[] = {
    describe<Fixture>("fixture", "Breaks a rule", kFields, "listen: {url: \"tcp://127.0.0.1:1\"}\n"),
};

}  // namespace

KONDUIT_PLUGIN(KONDUIT_PLUGIN_NAME, KONDUIT_PLUGIN_VERSION, "Apache-2.0", kComponents)
