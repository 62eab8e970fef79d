#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "konduit/component.hpp"
#include "konduit/log.hpp"
#include "konduit/peer.hpp"

namespace konduit {

/// What a peer shows.
struct Credentials {
  const Peer* peer = nullptr;      ///< With its certificate, where TLS verified one.
  std::string_view token;          ///< Without "Bearer "; empty if none. Secret.
  std::string_view username = {};  ///< Of a name and password (HTTP Basic, SOCKS5); empty if none.
  std::string_view password = {};  ///< Secret.
};

/// Who a peer is. A plain name converts.
struct Identity {
  Identity() = default;
  Identity(std::string its_name, std::shared_ptr<const Claims> its_claims = nullptr)
      : name(std::move(its_name)), claims(std::move(its_claims)) {}

  /// Writes what is known into `peer`.
  void assign_to(Peer& peer) const {
    peer.identity = name;
    peer.claims = claims;
  }

  std::string name;                      ///< For Peer::identity.
  std::shared_ptr<const Claims> claims;  ///< For Peer::claims; null for none.
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

  /// Who the peer is: the caller puts it into the Peer (Identity::assign_to). `credentials` outlives the call.
  virtual awaitable<boost::system::result<Identity, Refusal>> authenticate(const Credentials& credentials) = 0;
};

/// Asks `part` who the peer is, and answers for one that throws: the words go to `log` as an error, and the peer is
/// told that it could not be checked. What frontends and backends call. All that is passed outlives the call.
KONDUIT_API awaitable<boost::system::result<Identity, Refusal>> identify(AuthenticatorPart& part,
                                                                         const Credentials& credentials, Logger& log);

class KONDUIT_API Authenticator : public Component {
 public:
  static constexpr ComponentKind kKind = ComponentKind::authenticator;
  virtual std::unique_ptr<AuthenticatorPart> attach(Attachment& attachment) = 0;
};

}  // namespace konduit
