#pragma once

#include <konduit/authenticator.hpp>

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace my_plugin_plugin {

/// Lets peers in by a token that the document gives to each of them.
class MyPlugin final : public konduit::Authenticator {
 public:
  /// Pure: reads its configuration, and reports what a schema cannot express.
  MyPlugin(const konduit::config::Node& node, konduit::Host& host);

  std::unique_ptr<konduit::AuthenticatorPart> attach(konduit::Attachment& attachment) override;

 private:
  std::map<std::string, std::string, std::less<>> tokens_;  // by the name of the peer
};

/// The half that works on one shard: every call comes on that shard's thread, so it needs no lock.
class MyPluginPart final : public konduit::AuthenticatorPart {
 public:
  /// `tokens` outlives the part and does not change.
  explicit MyPluginPart(const std::map<std::string, std::string, std::less<>>& tokens) : tokens_(tokens) {}

  konduit::awaitable<boost::system::result<konduit::Identity, konduit::Refusal>> authenticate(
      const konduit::Credentials& credentials) override;

 private:
  const std::map<std::string, std::string, std::less<>>& tokens_;
};

}  // namespace my_plugin_plugin
