#include "http-connect/frontend.hpp"

#include "http-connect/part.hpp"

namespace konduit::http_connect {

HttpConnect::HttpConnect(const config::Node& node, Host& host)
    : node_(node),
      host_(host),
      settings_{.head_timeout = node["head_timeout"].duration(),
                .max_head = node["max_head"].size(),
                .dial_timeout = node["dial_timeout"].duration(),
                .first_byte_gap = node["first_byte_gap"].duration()} {
  constexpr std::size_t kSmallestHead = 256;
  constexpr std::size_t kLargestHead = 1024 * 1024;
  if (settings_.max_head < kSmallestHead || settings_.max_head > kLargestHead) {
    host.report(node_["max_head"], "must be between 256 bytes and 1MiB");
  }
}

awaitable<void> HttpConnect::prepare() {
  // Never h2: a client that offers both gets HTTP/1.1, one that offers nothing is taken at its word.
  listener_ = host_.listen(node_["listen"], {.alpn = {"http/1.1"}});
  co_return;
}

std::unique_ptr<FrontendPart> HttpConnect::attach(Attachment& attachment, Dialer& dialer) {
  const auto& reference = node_["authenticator"];
  AuthenticatorPart* authenticator = reference ? &attachment.part<AuthenticatorPart>(reference) : nullptr;
  return std::make_unique<HttpConnectPart>(attachment.shard(), dialer, authenticator, host_, settings_, listener_);
}

}  // namespace konduit::http_connect
