#include "transport-grpc/agent_greeting.hpp"

#include <string_view>
#include <utility>

namespace konduit::transport_grpc {
namespace {

http2::GrpcEnd refused(std::string why) { return {http2::GrpcStatus::invalid_argument, std::move(why)}; }

}  // namespace

boost::system::result<AgentGreeting, http2::GrpcEnd> read_greeting(const http2::Headers& headers) {
  if (headers.count("agentid") != 1 || headers.get("agentid").empty()) {
    return refused("the metadata must name exactly one agentID");
  }
  if (headers.get("agentid").size() > kLongestAgentId) return refused("the agentID is longer than 256 bytes");
  if (headers.count("agentidentifiers") > 1) return refused("the metadata must not hold agentIdentifiers twice");
  if (headers.get("agentidentifiers").size() > kLongestIdentifiers) {
    return refused("agentIdentifiers is longer than 16384 bytes");
  }

  AgentGreeting greeting;
  greeting.agent_id = headers.get("agentid");
  greeting.identifiers = headers.get("agentidentifiers");
  greeting.features = common_features(headers.get(kFeaturesKey));
  constexpr std::string_view kBearer = "Bearer ";
  const std::string_view authorization = headers.get("authorization");
  // Of two tokens nobody can say which one is meant.
  if (headers.count("authorization") == 1 && authorization.starts_with(kBearer)) {
    greeting.token = authorization.substr(kBearer.size());
  }
  if (greeting.token.size() > kLongestToken) return refused("the bearer token is longer than 8192 bytes");
  return greeting;
}

http2::GrpcEnd status_of(const Refusal& refusal) {
  switch (refusal.reason) {
    case Refusal::Reason::forbidden: return {http2::GrpcStatus::permission_denied, refusal.text};
    case Refusal::Reason::unavailable: return {http2::GrpcStatus::unavailable, refusal.text};
    case Refusal::Reason::unauthenticated: break;
  }
  return {http2::GrpcStatus::unauthenticated, refusal.text};
}

}  // namespace konduit::transport_grpc
