#pragma once

#include <string>
#include <string_view>

#include "konduit/component.hpp"
#include "konduit/peer.hpp"

namespace konduit {

/// What a peer shows.
struct Credentials {
  const Peer* peer = nullptr;  ///< With its certificate, where TLS verified one.
  std::string_view token;      ///< Without "Bearer "; empty if none. Secret.
};

/// Why somebody was not let in. `text` may be sent to the peer and never holds a secret.
struct Refusal {
  enum class Reason : std::uint8_t {
    unauthenticated,  ///< No or wrong credentials.
    forbidden,        ///< Known, but not allowed.
    unavailable,      ///< Could not be checked now; the peer may try again.
  };
  Reason reason = Reason::unauthenticated;
  std::string text;
};

[[noreturn]] KONDUIT_API void throw_exception_from_error(const Refusal& refusal, const boost::source_location& where);

class KONDUIT_API AuthenticatorPart : public Part {
 public:
  static constexpr ComponentKind kKind = ComponentKind::authenticator;

  /// The peer's identity for Peer::identity. `credentials` outlives the call.
  virtual awaitable<boost::system::result<std::string, Refusal>> authenticate(const Credentials& credentials) = 0;
};

class KONDUIT_API Authenticator : public Component {
 public:
  static constexpr ComponentKind kKind = ComponentKind::authenticator;
  virtual std::unique_ptr<AuthenticatorPart> attach(Attachment& attachment) = 0;
};

}  // namespace konduit
