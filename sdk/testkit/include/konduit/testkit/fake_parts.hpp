#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "konduit/authenticator.hpp"
#include "konduit/backend.hpp"
#include "konduit/discovery.hpp"
#include "konduit/registrar.hpp"
#include "konduit/selector.hpp"
#include "konduit/shard.hpp"
#include "konduit/testkit/memory_stream.hpp"

/// What a component under test refers to, doing nothing that the test has not asked for. TestAttachment::add() makes
/// them known.
namespace konduit::testkit {

/// Answers each dial with a stream in memory; the far ends are the test's.
class FakeBackendPart final : public BackendPart {
 public:
  explicit FakeBackendPart(Shard& shard) : shard_(shard) {}
  awaitable<DialResult<StreamPtr>> dial(const DialRequest& request) override;

  std::optional<DialError> error;  ///< If set, every dial fails with it.
  /// If set, asked first; an error is answered. May suspend.
  std::function<awaitable<std::optional<DialError>>(const DialRequest&)> before_dial;
  std::vector<Target> targets;
  std::deque<std::unique_ptr<MemoryStream>> far_ends;

 private:
  Shard& shard_;
};

/// Lets everybody in under one name, or nobody.
class FakeAuthenticatorPart final : public AuthenticatorPart {
 public:
  awaitable<boost::system::result<Identity, Refusal>> authenticate(const Credentials& credentials) override;

  std::string name = "somebody";
  std::optional<Refusal> refusal;
  std::vector<std::string> tokens;     ///< As they were shown.
  std::vector<std::string> usernames;  ///< Likewise, with passwords.
  std::vector<std::string> passwords;
};

class FakeDiscoveryPart final : public DiscoveryPart {
 public:
  std::vector<std::string> servers() const override { return urls; }
  std::optional<unsigned> count() const override { return known_count; }
  void announced(const ServerAnnouncement& announcement) override { announcements.push_back(announcement); }
  /// Tells the observers that it answers otherwise now.
  void changed() { notify(); }

  std::vector<std::string> urls;
  std::optional<unsigned> known_count;
  std::vector<ServerAnnouncement> announcements;
};

class FakeRegistrarPart final : public RegistrarPart {
 public:
  void announce(std::string server_id) override { announced.push_back(std::move(server_id)); }

  std::vector<std::string> announced;
};

/// Picks the first agent that is not excluded.
class FakeSelectorPart final : public SelectorPart {
 public:
  std::unique_ptr<const AgentIndex> build(std::span<const AgentPtr> agents) override;
};

}  // namespace konduit::testkit
