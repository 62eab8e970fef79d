// One filter, built in many ways: a BROKEN_* definition makes it break one rule. Without any it keeps all of them.
#include <fcntl.h>
#include <unistd.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <utility>

#include "konduit/filter.hpp"
#include "konduit/plugin.hpp"
#include "konduit/shard.hpp"

namespace {

using namespace konduit;

/// Passes everything on, but for who is at the other end, and perhaps for the end of what the target says.
class Wrapped final : public Stream, private Stream::Observer {
 public:
  explicit Wrapped(StreamPtr inner) : inner_(std::move(inner)) { inner_->observe(this); }
  ~Wrapped() override { inner_->observe(nullptr); }

  void observe(Stream::Observer* observer) override { observer_ = observer; }
  Result<std::size_t> try_read(BufferQueue& into, const ReadShape& shape) override {
    const auto got = inner_->try_read(into, shape);
#if defined(BROKEN_SWALLOWS_EOF)
    if (!got && end_of_stream(got.error())) return StreamErrc::would_block;
#endif
    return got;
  }
  Result<std::size_t> try_write(BufferQueue& from) override { return inner_->try_write(from); }
  bool half_close() override { return inner_->half_close(); }
  void close() override { inner_->close(); }
  void reset(ResetReason reason) override { inner_->reset(reason); }

 private:
  void on_readable() override {
    if (observer_) observer_->on_readable();
  }
  void on_writable() override {
    if (observer_) observer_->on_writable();
  }
  void on_closed(error_code reason) override {
    if (observer_) observer_->on_closed(reason);
  }

  StreamPtr inner_;
  Stream::Observer* observer_ = nullptr;
};

class Part final : public FilterPart {
 public:
  explicit Part(Shard& shard) : shard_(shard) {}

  Verdict<DialResult<void>> on_dial([[maybe_unused]] DialRequest& request) override {
#if defined(BROKEN_THROWS)
    throw std::runtime_error("a filter has thrown");
#elif defined(BROKEN_BLOCKS)
    std::this_thread::sleep_for(std::chrono::seconds(1));
#elif defined(BROKEN_ENDS_THE_PROCESS)
    _exit(0);
#elif defined(BROKEN_ENDS_AS_IF_UNTRIED)
    std::exit(77);
#elif defined(BROKEN_LEAKS_MEMORY)
    leaked_ = new char[1024];
#elif defined(BROKEN_DENIES_IN_SILENCE) || defined(BROKEN_HIDES_ITS_STATUS)
    return DialResult<void>(DialError{DialErrc::denied, false, ""});
#elif defined(BROKEN_IGNORES_CANCELLATION) || defined(BROKEN_OUTLIVES_CANCELLATION)
    if (request.target.host == "host.example") return Verdict<DialResult<void>>(policy(&shard_));
#endif
    return DialResult<void>();
  }
  StreamPtr on_stream(const DialRequest&, StreamPtr stream) override {
#if defined(BROKEN_SWALLOWS_EOF) || defined(BROKEN_NAMES_NOBODY)
    return std::make_unique<Wrapped>(std::move(stream));
#else
    return stream;
#endif
  }
  awaitable<void> start() override {
#if defined(BROKEN_WAITS_BEHIND_ITS_END)
    asio::co_spawn(shard_.get_executor(), tick(&shard_), asio::detached);
#endif
    co_return;
  }
  awaitable<void> stop() override {
#if defined(BROKEN_THROWS_FROM_STOP)
    throw std::runtime_error("it cannot stop");
#endif
    co_return;
  }

 private:
#if defined(BROKEN_IGNORES_CANCELLATION)
  /// Takes its cancellation for a failure that a retry would cure, and tries again and again, at once.
  static awaitable<DialResult<void>> policy(Shard* shard) {
    for (;;) {
      const error_code failed = co_await shard->deadlines().wait(std::chrono::milliseconds(1));
      if (!failed) co_return DialResult<void>();
    }
  }
#elif defined(BROKEN_OUTLIVES_CANCELLATION)
  /// Puts its cancellation aside, and waits on for what may never come.
  static awaitable<DialResult<void>> policy(Shard* shard) {
    const error_code cancelled = co_await shard->deadlines().wait(std::chrono::milliseconds(1));
    if (cancelled) {
      co_await asio::this_coro::reset_cancellation_state();
      co_await shard->deadlines().wait(std::chrono::hours(1));
    }
    co_return DialResult<void>();
  }
#endif

  [[maybe_unused]] static awaitable<void> tick(Shard* shard) {
    co_await shard->deadlines().wait(std::chrono::hours(1));
  }

  [[maybe_unused]] Shard& shard_;
  [[maybe_unused]] char* leaked_ = nullptr;
};

class Fixture final : public Filter {
 public:
  Fixture(const config::Node&, Host&) {
#if defined(BROKEN_LEAKS_DESCRIPTOR)
    [[maybe_unused]] const int lost = open("/dev/null", O_RDONLY | O_CLOEXEC);
#elif defined(BROKEN_STARTS_A_THREAD)
    std::thread([] { std::this_thread::sleep_for(std::chrono::hours(1)); }).detach();
#endif
  }
  std::unique_ptr<FilterPart> attach(Attachment& attachment) override {
#if defined(BROKEN_MUST_BE_PREPARED)
    if (!prepared_) throw std::runtime_error("it has not been prepared");
#endif
    return std::make_unique<Part>(attachment.shard());
  }
  awaitable<void> prepare() override {
#if defined(BROKEN_LEAKS_AT_START)
    [[maybe_unused]] const int lost = open("/dev/null", O_RDONLY | O_CLOEXEC);
#endif
    prepared_ = true;
    co_return;
  }

 private:
  [[maybe_unused]] bool prepared_ = false;
};

#if defined(BROKEN_DEFAULT)
#define FIXTURE_DEFAULT "ten"
#else
#define FIXTURE_DEFAULT "10"
#endif
#if defined(BROKEN_EXAMPLE)
#define FIXTURE_EXAMPLE "limits: 3\n"
#else
#define FIXTURE_EXAMPLE "limit: 3\n"
#endif

#if defined(BROKEN_NESTED_DEFAULT)
#define FIXTURE_INNER_DEFAULT "many"
#else
#define FIXTURE_INNER_DEFAULT "1"
#endif

constexpr config::Field kInner[] = {
    {.name = "limit", .type = config::Type::integer, .summary = "How many.", .default_value = FIXTURE_INNER_DEFAULT},
};
constexpr config::Field kFields[] = {
    {.name = "inner", .type = config::Type::map, .summary = "More.", .fields = kInner, .field_count = 1},
    {.name = "limit", .type = config::Type::integer, .summary = "How many.", .default_value = FIXTURE_DEFAULT},
};

#if defined(BROKEN_ENDS_WHEN_LOADED)
[[maybe_unused]] const bool kEnded = (_exit(0), true);
#elif defined(BROKEN_HIDES_ITS_STATUS)
struct AtTheEnd {
  ~AtTheEnd() { _exit(0); }
} at_the_end;
#endif

constexpr ComponentDescriptor kComponents[] = {
    describe<Fixture>("fixture", "Keeps all rules but one", kFields, FIXTURE_EXAMPLE),
};

}  // namespace

KONDUIT_PLUGIN(KONDUIT_PLUGIN_NAME, KONDUIT_PLUGIN_VERSION, "Apache-2.0", kComponents)
