#pragma once

#include <memory>

#include "auth/mailbox.hpp"
#include "auth/review_desk.hpp"
#include "konduit/authenticator.hpp"

namespace konduit::auth {

/// Knows peers by a bearer token that the Kubernetes API server reviews. Source: validateAuthToken in
/// kubernetes-sigs/apiserver-network-proxy, pkg/server/server.go.
class TokenReview final : public Authenticator {
 public:
  TokenReview(const config::Node& node, Host& host);
  awaitable<void> prepare() override;
  std::unique_ptr<AuthenticatorPart> attach(Attachment& attachment) override;

 private:
  Host& host_;
  DeskSettings settings_;
  std::shared_ptr<ReviewDesk> desk_;  // shared with questions on their way to it
};

class TokenReviewPart final : public AuthenticatorPart {
 public:
  /// `control` is the shard of the desk; `patience` is longer than the desk's own.
  TokenReviewPart(Shard& shard, Shard& control, std::shared_ptr<ReviewDesk> desk, Duration patience);

  awaitable<boost::system::result<Identity, Refusal>> authenticate(const Credentials& credentials) override;
  awaitable<void> stop() override;

 private:
  Shard& shard_;
  Shard& control_;
  const std::shared_ptr<ReviewDesk> desk_;
  const Duration patience_;
  Mailbox mailbox_;
};

}  // namespace konduit::auth
