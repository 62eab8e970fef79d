// The template's backend, with one rule broken by a BROKEN_* definition.
#include <utility>

#include "konduit/plugin.hpp"

#include "my_plugin.hpp"

namespace {

using namespace konduit;

class Part final : public BackendPart {
 public:
  explicit Part(std::unique_ptr<BackendPart> whole) : whole_(std::move(whole)) {}

  awaitable<DialResult<StreamPtr>> dial(const DialRequest& request) override {
    DialRequest asked = request;
#if defined(BROKEN_FORGETS_THE_DEADLINE)
    asked.deadline = TimePoint::max();
#endif
    auto stream = co_await whole_->dial(asked);
#if defined(BROKEN_TAKES_A_CANCELLATION_FOR_A_REFUSAL)
    if (!stream) co_return DialError{DialErrc::refused, true, "it did not work out"};
#endif
    co_return stream;
  }

 private:
  const std::unique_ptr<BackendPart> whole_;
};

class Fixture final : public Backend {
 public:
  Fixture(const config::Node& node, Host& host) : whole_(node, host) {}
  awaitable<void> prepare() override { return whole_.prepare(); }
  std::unique_ptr<BackendPart> attach(Attachment& attachment) override {
    return std::make_unique<Part>(whole_.attach(attachment));
  }

 private:
  my_plugin_plugin::MyPlugin whole_;
};

constexpr config::Field kFields[] = {
    {.name = "url", .summary = "Where every dial leads.", .required = true},
    {.name = "tls", .type = config::Type::tls_client, .summary = "TLS on the way there."},
    {.name = "via", .type = config::Type::reference, .summary = "To connect through.", .detail = "backend"},
    {.name = "dial_timeout", .type = config::Type::duration, .summary = "For connecting.", .default_value = "1h"},
};

constexpr ComponentDescriptor kComponents[] = {
    describe<Fixture>("fixture", "Keeps all rules but one", kFields, "url: \"tcp://upstream.example:9000\"\n"),
};

}  // namespace

KONDUIT_PLUGIN(KONDUIT_PLUGIN_NAME, KONDUIT_PLUGIN_VERSION, "Apache-2.0", kComponents)
