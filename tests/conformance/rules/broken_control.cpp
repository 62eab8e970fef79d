// What a server asks beside the dials' way, a component of each kind. Each breaks a rule.
#include <chrono>
#include <string>
#include <vector>

#include "konduit/authenticator.hpp"
#include "konduit/event.hpp"
#include "konduit/plugin.hpp"
#include "konduit/registrar.hpp"
#include "konduit/selector.hpp"

namespace {

using namespace konduit;

/// Knows everybody by the token that they show.
class Knows final : public Authenticator {
 public:
  Knows(const config::Node&, Host&) {}
  std::unique_ptr<AuthenticatorPart> attach(Attachment&) override { return std::make_unique<KnowsPart>(); }

 private:
  class KnowsPart final : public AuthenticatorPart {
   public:
    awaitable<boost::system::result<Identity, Refusal>> authenticate(const Credentials& credentials) override {
      if (credentials.token.empty()) co_return Refusal{Refusal::Reason::unauthenticated, "a token is required"};
      co_return Identity("bearer of " + std::string(credentials.token));
    }
  };
};

/// Its index asks its part.
class Picks final : public Selector {
 public:
  Picks(const config::Node&, Host&) {}
  std::unique_ptr<SelectorPart> attach(Attachment&) override { return std::make_unique<PicksPart>(); }

 private:
  class PicksPart final : public SelectorPart {
   public:
    std::unique_ptr<const AgentIndex> build(std::span<const AgentPtr> agents) override {
      return std::make_unique<Index>(*this, agents);
    }

   private:
    class Index final : public AgentIndex {
     public:
      Index(const PicksPart& part, std::span<const AgentPtr> agents)
          : part_(part), agents_(agents.begin(), agents.end()) {}
      AgentPtr pick(const DialRequest&, std::span<const AgentPtr> excluded) const override {
        return agents_.empty() || !excluded.empty() ? nullptr : agents_[part_.favourite_];
      }
      bool has_agents() const noexcept override { return !agents_.empty(); }

     private:
      const PicksPart& part_;
      const std::vector<AgentPtr> agents_;
    };

    std::string name_ = "a selector";
    std::size_t favourite_ = 0;
  };
};

/// Waits for a confirmation of its withdrawal, which never comes.
class Publishes final : public Registrar {
 public:
  Publishes(const config::Node&, Host&) {}
  std::unique_ptr<RegistrarPart> attach(Attachment& attachment) override {
    return std::make_unique<PublishesPart>(attachment.shard());
  }

 private:
  class PublishesPart final : public RegistrarPart {
   public:
    explicit PublishesPart(Shard& shard) : withdrawn_(shard) { withdrawn_.set(); }
    void announce(std::string) override { withdrawn_.clear(); }
    awaitable<void> stop() override { co_await withdrawn_.wait(); }

   private:
    Event withdrawn_;
  };
};

constexpr ComponentDescriptor kComponents[] = {
    describe<Knows>("fixture", "Tells secrets", "{}\n"),
    describe<Picks>("fixture", "Refers to what has gone", "{}\n"),
    describe<Publishes>("fixture", "Waits for ever", "{}\n"),
};

}  // namespace

KONDUIT_PLUGIN(KONDUIT_PLUGIN_NAME, KONDUIT_PLUGIN_VERSION, "Apache-2.0", kComponents)
