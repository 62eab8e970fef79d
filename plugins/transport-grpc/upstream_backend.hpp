#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "konduit/backend.hpp"
#include "konduit/connection.hpp"

namespace konduit::transport_grpc {

/// Immutable behind the constructor.
struct UpstreamSettings {
  std::size_t connections = 0;             ///< Of one shard.
  std::size_t tunnels_per_connection = 0;  ///< Dials under way included.
  Duration dial_timeout{};
  Duration keep_alive{};
  Duration idle_timeout{};
};

/// The backend `grpc`: dials through an upstream konnectivity server, as kube-apiserver does.
class UpstreamBackend final : public Backend {
 public:
  UpstreamBackend(const config::Node& node, Host& host);

  awaitable<void> prepare() override;
  std::unique_ptr<BackendPart> attach(Attachment& attachment) override;

  // For the parts.
  Host& host() noexcept { return host_; }
  Connector& connector() noexcept { return *connector_; }
  const UpstreamSettings& settings() const noexcept { return settings_; }
  const std::string& url() const noexcept { return url_; }
  bool secure() const noexcept { return static_cast<bool>(node_["tls"]); }
  /// For the request: a name, also where the server is a file.
  std::string authority() const;

 private:
  const config::Node node_;
  Host& host_;
  const std::string url_;
  UpstreamSettings settings_;
  std::shared_ptr<Connector> connector_;  // shared with the core
};

}  // namespace konduit::transport_grpc
