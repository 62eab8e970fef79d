#pragma once

#include <cstddef>
#include <string>

#include "http2/grpc.hpp"
#include "http2/headers.hpp"
#include "konduit/authenticator.hpp"
#include "konduit/result.hpp"
#include "transport-grpc/peer_features.hpp"

namespace konduit::transport_grpc {

/// What an agent says of itself in the metadata of /AgentService/Connect. Source: Connect in
/// kubernetes-sigs/apiserver-network-proxy, pkg/server/server.go.
struct AgentGreeting {
  std::string agent_id;
  std::string identifiers;  ///< As they came: only of agents that are let in they are parsed.
  std::string token;        ///< Without "Bearer "; empty if none. Secret.
  PeerFeatures features;
};

/// In bytes. It stands in every line of the log about the agent; names of Kubernetes have 253 at most.
inline constexpr std::size_t kLongestAgentId = 256;

/// In bytes, of the list as it comes. It is held while the agent is being judged.
inline constexpr std::size_t kLongestIdentifiers = 16 * 1024;

/// In bytes. Kubernetes makes tokens of one to two thousand. It is held while it is reviewed.
inline constexpr std::size_t kLongestToken = 8 * 1024;

/// Reads the greeting, or says why the call is refused: not exactly one agent id, more than one list of identifiers,
/// one of them or the token too long.
boost::system::result<AgentGreeting, http2::GrpcEnd> read_greeting(const http2::Headers& headers);

/// The status that tells a peer of a refusal.
http2::GrpcEnd status_of(const Refusal& refusal);

}  // namespace konduit::transport_grpc
