#pragma once

#include <memory>

#include "http-connect/request.hpp"
#include "konduit/connection.hpp"
#include "konduit/frontend.hpp"

namespace konduit::http_connect {

/// Serves HTTP CONNECT (RFC 9110, 9.3.6) on one listener: the request-target is the target.
class HttpConnect final : public Frontend {
 public:
  HttpConnect(const config::Node& node, Host& host);

  awaitable<void> prepare() override;
  std::unique_ptr<FrontendPart> attach(Attachment& attachment, Dialer& dialer) override;

 private:
  const config::Node node_;
  Host& host_;
  Settings settings_;
  std::shared_ptr<Listener> listener_;  // shared with the core, whose registry hands it from generation to generation
};

}  // namespace konduit::http_connect
