#pragma once

#include <memory>

#include <konduit/connection.hpp>
#include <konduit/frontend.hpp>

#include "users.hpp"

namespace socks5 {

/// How long clients may take, and who they may be.
struct Settings {
  konduit::Duration handshake_timeout;
  konduit::Duration dial_timeout;
  Users users;
};

/// Serves SOCKS version 5 on one listener: CONNECT to IPv4 and IPv6 addresses and to names.
class Socks5 final : public konduit::Frontend {
 public:
  Socks5(const konduit::config::Node& node, konduit::Host& host);

  konduit::awaitable<void> prepare() override;
  std::unique_ptr<konduit::FrontendPart> attach(konduit::Attachment& attachment, konduit::Dialer& dialer) override;

 private:
  const konduit::config::Node node_;
  konduit::Host& host_;
  const Settings settings_;
  std::shared_ptr<konduit::Listener> listener_;  // shared with the core
};

}  // namespace socks5
