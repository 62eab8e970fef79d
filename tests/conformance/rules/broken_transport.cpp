// The template's transport, with one rule broken by a BROKEN_* definition.
#include <utility>
#include <vector>

#include "konduit/plugin.hpp"

#include "my_plugin.hpp"

namespace {

using namespace konduit;

class Fixture final : public Transport {
 public:
  Fixture(const config::Node& node, Host& host) : whole_(node, host) {}

  std::string check([[maybe_unused]] const std::string& url) const override {
#if defined(BROKEN_TAKES_ANY_URL)
    return {};
#else
    return whole_.check(url);
#endif
  }
  std::unique_ptr<Binding> bind(const config::Node& endpoint) const override {
#if defined(BROKEN_KEEPS_THE_ADDRESS)
    return std::make_unique<Kept>(whole_.bind(endpoint));
#else
    return whole_.bind(endpoint);
#endif
  }
  awaitable<boost::system::result<Connection, Connector::Failure>> connect(Shard& shard, std::string url,
                                                                           Liveness liveness,
                                                                           TimePoint deadline) const override {
    auto connection = co_await whole_.connect(shard, std::move(url), liveness, deadline);
#if defined(BROKEN_DIALS_IN_SILENCE)
    if (!connection) co_return Connector::Failure(connection.error().code, {});
#endif
    co_return connection;
  }

 private:
  /// A binding whose socket is never closed.
  class Kept final : public Binding {
   public:
    explicit Kept(std::unique_ptr<Binding> inner) : inner_(*inner.release()) {}
    const std::string& url() const noexcept override { return inner_.url(); }
    std::unique_ptr<Acceptor> open(Shard& shard, const Liveness& liveness) override {
      return inner_.open(shard, liveness);
    }

   private:
    Binding& inner_;
  };

  const my_plugin_plugin::MyPlugin whole_;
};

constexpr config::Field kFields[] = {
    {.name = "backlog", .type = config::Type::integer, .summary = "How many may wait.", .default_value = "128"},
};

constexpr ComponentDescriptor kComponents[] = {
    describe<Fixture>("my-plugin", "Keeps all rules but one", kFields, "{url: \"my-plugin://\"}"),
};

}  // namespace

KONDUIT_PLUGIN(KONDUIT_PLUGIN_NAME, KONDUIT_PLUGIN_VERSION, "Apache-2.0", kComponents)
