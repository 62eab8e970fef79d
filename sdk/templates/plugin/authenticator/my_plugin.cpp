#include "my_plugin.hpp"

#include <openssl/crypto.h>

namespace my_plugin_plugin {
namespace {

/// How long it takes says nothing of where the two differ.
bool same(std::string_view shown, std::string_view known) {
  return shown.size() == known.size() && CRYPTO_memcmp(shown.data(), known.data(), known.size()) == 0;
}

}  // namespace

MyPlugin::MyPlugin(const konduit::config::Node& node, konduit::Host& host) {
  for (const auto& entry : node["tokens"].entries()) {
    tokens_[entry.key] = entry.value.text();
    if (entry.key.empty() || entry.value.text().empty()) host.report(entry.value, "names and tokens cannot be empty");
  }
  if (tokens_.empty()) host.report(node["tokens"], "without a token nobody is let in");
}

std::unique_ptr<konduit::AuthenticatorPart> MyPlugin::attach(konduit::Attachment&) {
  return std::make_unique<MyPluginPart>(tokens_);
}

konduit::awaitable<boost::system::result<konduit::Identity, konduit::Refusal>> MyPluginPart::authenticate(
    const konduit::Credentials& credentials) {
  using Reason = konduit::Refusal::Reason;
  if (credentials.token.empty()) co_return konduit::Refusal{Reason::unauthenticated, "a bearer token is required"};
  for (const auto& [name, token] : tokens_) {
    if (same(credentials.token, token)) co_return konduit::Identity(name);
  }
  co_return konduit::Refusal{Reason::unauthenticated, "the token is not known"};
}

}  // namespace my_plugin_plugin
