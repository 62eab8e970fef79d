#include "frontend.hpp"

#include <konduit/authenticator.hpp>
#include <konduit/shard.hpp>

#include "part.hpp"

namespace socks5 {

Socks5::Socks5(const konduit::config::Node& node, konduit::Host& host)
    : node_(node),
      host_(host),
      settings_{.handshake_timeout = node["handshake_timeout"].duration(),
                .dial_timeout = node["dial_timeout"].duration(),
                .users = Users(node["users"])} {
  if (node["users"] && settings_.users.empty()) host.report(node["users"], "an empty map lets nobody in");
  if (node["users"] && node["authenticator"]) {
    host.report(node["users"], "cannot stand beside authenticator: one of the two says who is let in");
  }
  for (const auto& user : node["users"].entries()) {
    const bool fits = !user.key.empty() && user.key.size() <= 255 && user.value.text().size() <= 255;
    if (!fits) host.report(user.value, "names and passwords have 255 bytes at the most (RFC 1929), names one at least");
  }
}

konduit::awaitable<void> Socks5::prepare() {
  listener_ = host_.listen(node_["listen"], {});
  co_return;
}

std::unique_ptr<konduit::FrontendPart> Socks5::attach(konduit::Attachment& attachment, konduit::Dialer& dialer) {
  const auto& reference = node_["authenticator"];
  auto* authenticator = reference ? &attachment.part<konduit::AuthenticatorPart>(reference) : nullptr;
  return std::make_unique<Socks5Part>(attachment.shard(), dialer, authenticator, host_, settings_, listener_);
}

}  // namespace socks5
