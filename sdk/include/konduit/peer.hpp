#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace konduit {

/// What was read from a verified certificate.
struct Certificate {
  std::string subject;  ///< RFC 4514 text, most specific name first.
  std::string common_name;
  std::vector<std::string> organizations;
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;
  std::vector<std::string> uris;
  std::chrono::system_clock::time_point not_after;
};

/// What an authenticator learned of a peer besides its name: "group" → "system:nodes", "node" → "worker-3".
using Claims = std::multimap<std::string, std::string, std::less<>>;

/// The other end of a connection. Cheap to copy.
struct Peer {
  std::string address;  ///< "tcp://192.0.2.7:40312", "uds://" (no name), for logs and limits.
  std::shared_ptr<const Certificate>
      certificate;       ///< Shared by the tunnels of a connection; null without a client certificate.
  std::string identity;  ///< Set by an authenticator; empty until then.
  std::shared_ptr<const Claims> claims = nullptr;  ///< Set with the identity; copies of the peer share it.
};

}  // namespace konduit
