#pragma once

#include <memory>
#include <optional>
#include <string>

#include "http-connect/upstream.hpp"
#include "konduit/backend.hpp"
#include "konduit/connection.hpp"

namespace konduit::http_connect {

/// What the parts of an upstream proxy share.
struct Upstream {
  std::string url;
  std::optional<ProxyCredentials> credentials;
  Duration dial_timeout{};
  std::size_t max_head = 0;
};

/// The backend `http-connect`: dials through an HTTP proxy by CONNECT, a connection for each dial.
class HttpProxy final : public Backend {
 public:
  HttpProxy(const config::Node& node, Host& host);

  awaitable<void> prepare() override;
  std::unique_ptr<BackendPart> attach(Attachment& attachment) override;

 private:
  const config::Node node_;
  Host& host_;
  Upstream upstream_;
  std::shared_ptr<Connector> connector_;  // shared with the core
};

class HttpProxyPart final : public BackendPart {
 public:
  /// `upstream` and `connector` outlive the part.
  HttpProxyPart(Shard& shard, const Upstream& upstream, Connector& connector)
      : shard_(shard), upstream_(upstream), connector_(connector) {}

  /// By the request's deadline, or dial_timeout from now if that is earlier.
  awaitable<DialResult<StreamPtr>> dial(const DialRequest& request) override;

 private:
  awaitable<DialResult<StreamPtr>> ask(StreamPtr stream, const Target& target, TimePoint deadline);

  Shard& shard_;
  const Upstream& upstream_;
  Connector& connector_;
};

}  // namespace konduit::http_connect
