#include "agent_peer.hpp"

#include <chrono>
#include <stdexcept>
#include <utility>

#include "programs.hpp"

namespace konduit::grpc_peers {
namespace {

std::shared_ptr<grpc::ChannelCredentials> credentials(const test_support::TempDirectory& files) {
  return grpc::SslCredentials({.pem_root_certs = content_of(files.file("ca.pem")),
                               .pem_private_key = content_of(files.file("agent.key")),
                               .pem_cert_chain = content_of(files.file("agent.pem"))});
}

}  // namespace

AgentPeer::AgentPeer(const test_support::TempDirectory& files, const std::string& place, const std::string& agent_id)
    : stub_(AgentService::NewStub(grpc::CreateChannel(place, credentials(files)))) {
  context_.set_deadline(std::chrono::system_clock::now() + test_support::kPatience);
  context_.AddMetadata("agentid", agent_id);
  context_.AddMetadata("agentidentifiers", "host=" + agent_id);
  stream_ = stub_->Connect(&context_);
}

AgentPeer::~AgentPeer() {
  context_.TryCancel();
  stream_->Finish();
}

std::string AgentPeer::told(const std::string& key) {
  if (!std::exchange(greeted_, true)) stream_->WaitForInitialMetadata();
  std::string values;
  const auto [begin, end] = context_.GetServerInitialMetadata().equal_range(key);
  for (auto at = begin; at != end; ++at) {
    values += (values.empty() ? "" : ",") + std::string(at->second.data(), at->second.size());
  }
  return values;
}

Packet AgentPeer::next() {
  greeted_ = true;
  Packet packet;
  if (!stream_->Read(&packet)) throw std::runtime_error("the stream is over");
  return packet;
}

}  // namespace konduit::grpc_peers
