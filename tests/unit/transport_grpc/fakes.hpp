#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "konduit/authenticator.hpp"
#include "konduit/discovery.hpp"
#include "konduit/event.hpp"
#include "konduit/frontend.hpp"
#include "konduit/registrar.hpp"
#include "konduit/selector.hpp"
#include "konduit/testkit/run.hpp"
#include "konduit/testkit/stream_user.hpp"

namespace konduit::transport_grpc {

/// A pipeline whose backend is the test: dials wait until it answers them.
class FakeDialer final : public Dialer {
 public:
  struct Dial {
    explicit Dial(Shard& shard, DialRequest asked) : request(std::move(asked)), answered(shard) {}

    void succeed() {
      success = true;
      answered.set();
    }
    void fail(DialErrc code, std::string text) {
      error = DialError{code, false, std::move(text)};
      answered.set();
    }

    DialRequest request;
    Event answered;
    bool success = false;
    bool cancelled = false;
    std::optional<DialError> error;
    /// What splice() was given: the tunnel, to be used as the target would.
    StreamPtr spliced;
  };

  explicit FakeDialer(Shard& shard) : shard_(shard) {}

  awaitable<DialResult<std::unique_ptr<Tunnel>>> dial(DialRequest request) override {
    dials.push_back(std::make_shared<Dial>(shard_, std::move(request)));
    const std::shared_ptr<Dial> dial = dials.back();
    if (at_once) dial->succeed();
    const error_code waited = co_await dial->answered.wait(dial->request.deadline);
    if (dial->error) co_return *dial->error;
    if (waited.failed()) {
      dial->cancelled = true;
      co_return DialError{DialErrc::cancelled, false, "cancelled"};
    }
    co_return std::make_unique<FakeTunnel>(dial);
  }

  std::vector<std::shared_ptr<Dial>> dials;
  /// Dials succeed without being asked.
  bool at_once = false;

 private:
  class FakeTunnel final : public Tunnel {
   public:
    explicit FakeTunnel(std::shared_ptr<Dial> dial) : dial_(std::move(dial)) {}
    void splice(StreamPtr client) override { dial_->spliced = std::move(client); }

   private:
    std::shared_ptr<Dial> dial_;
  };

  Shard& shard_;
};

/// Picks the first agent, in order of connecting, that was not tried.
class FirstAgent final : public SelectorPart {
 public:
  std::unique_ptr<const AgentIndex> build(std::span<const AgentPtr> agents) override {
    ++builds;
    return std::make_unique<Index>(std::vector<AgentPtr>(agents.begin(), agents.end()));
  }

  int builds = 0;

 private:
  class Index final : public AgentIndex {
   public:
    explicit Index(std::vector<AgentPtr> agents) : agents_(std::move(agents)) {}
    AgentPtr pick(const DialRequest&, std::span<const AgentPtr> excluded) const override {
      for (const bool draining : {false, true}) {
        for (const AgentPtr& agent : agents_) {
          const bool tried = std::find(excluded.begin(), excluded.end(), agent) != excluded.end();
          if (!tried && agent->draining.load() == draining) return agent;
        }
      }
      return nullptr;
    }
    bool has_agents() const noexcept override { return !agents_.empty(); }

   private:
    std::vector<AgentPtr> agents_;
  };
};

class FixedServers final : public DiscoveryPart {
 public:
  std::vector<std::string> servers() const override { return urls; }
  std::optional<unsigned> count() const override { return wanted; }
  void announced(const ServerAnnouncement& announcement) override { announcements.push_back(announcement); }
  void lost(std::string_view id) override { gone.emplace_back(id); }
  void change(unsigned to) {
    wanted = to;
    notify();
  }

  std::vector<std::string> urls;
  std::optional<unsigned> wanted;
  std::vector<ServerAnnouncement> announcements;
  std::vector<std::string> gone;
};

class NotedServers final : public RegistrarPart {
 public:
  void announce(std::string server_id) override { announced.push_back(std::move(server_id)); }

  std::vector<std::string> announced;
};

/// Lets in who shows the token "good"; breaks at "bomb".
class TokenCheck final : public AuthenticatorPart {
 public:
  explicit TokenCheck(Shard& shard) : may_answer(shard) { may_answer.set(); }

  awaitable<boost::system::result<Identity, Refusal>> authenticate(const Credentials& credentials) override {
    co_await may_answer.wait();
    if (credentials.token == "bomb") throw std::runtime_error("a defect");
    if (credentials.token == "good") co_return Identity("the agent");
    co_return Refusal{Refusal::Reason::unauthenticated, "the token is not good"};
  }

  Event may_answer;
};

}  // namespace konduit::transport_grpc
