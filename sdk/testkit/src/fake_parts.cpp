#include "konduit/testkit/fake_parts.hpp"

#include <algorithm>
#include <utility>

namespace konduit::testkit {

awaitable<DialResult<StreamPtr>> FakeBackendPart::dial(const DialRequest& request) {
  targets.push_back(request.target);
  if (before_dial) {
    std::optional<DialError> refused = co_await before_dial(request);
    if (refused) co_return std::move(*refused);
  }
  if (error) co_return *error;
  auto [near, far] = MemoryStream::make_pair(shard_);
  far_ends.push_back(std::move(far));
  StreamPtr stream = std::move(near);
  co_return stream;
}

awaitable<boost::system::result<Identity, Refusal>> FakeAuthenticatorPart::authenticate(
    const Credentials& credentials) {
  tokens.emplace_back(credentials.token);
  usernames.emplace_back(credentials.username);
  passwords.emplace_back(credentials.password);
  if (refusal) co_return *refusal;
  co_return Identity(name);
}

namespace {

class FirstOf final : public AgentIndex {
 public:
  explicit FirstOf(std::span<const AgentPtr> agents) : agents_(agents.begin(), agents.end()) {}

  AgentPtr pick(const DialRequest&, std::span<const AgentPtr> excluded) const override {
    const auto found = std::ranges::find_if(
        agents_, [&](const AgentPtr& agent) { return std::ranges::find(excluded, agent) == excluded.end(); });
    return found == agents_.end() ? nullptr : *found;
  }
  bool has_agents() const noexcept override { return !agents_.empty(); }

 private:
  const std::vector<AgentPtr> agents_;
};

}  // namespace

std::unique_ptr<const AgentIndex> FakeSelectorPart::build(std::span<const AgentPtr> agents) {
  return std::make_unique<FirstOf>(agents);
}

}  // namespace konduit::testkit
