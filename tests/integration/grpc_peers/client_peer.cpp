#include "client_peer.hpp"

#include <chrono>
#include <stdexcept>

#include "support/program.hpp"

namespace konduit::grpc_peers {
namespace {

/// No number of an agent's, so that it shows whose comes back.
constexpr std::int64_t kRandom = 0x1234'5678'9abc'def0;

std::shared_ptr<grpc::Channel> own_channel(const std::string& socket_file) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel("unix:" + socket_file, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace

ClientPeer::ClientPeer(const std::string& socket_file) : stub_(ProxyService::NewStub(own_channel(socket_file))) {
  context_.set_deadline(std::chrono::system_clock::now() + test_support::kPatience);
  stream_ = stub_->Proxy(&context_);
}

ClientPeer::~ClientPeer() {
  if (ended_) return;
  context_.TryCancel();
  stream_->Finish();
}

Packet ClientPeer::next() {
  Packet packet;
  if (!stream_->Read(&packet)) throw std::runtime_error("the stream is over");
  return packet;
}

std::int64_t ClientPeer::dial(const std::string& address) {
  send(dial_request(address, kRandom));
  const Packet answer = next();
  if (answer.type() != DIAL_RSP || answer.dialresponse().random() != kRandom) {
    throw std::runtime_error("another answer: packet " + std::to_string(answer.type()));
  }
  if (!answer.dialresponse().error().empty()) throw std::runtime_error(answer.dialresponse().error());
  return answer.dialresponse().connectid();
}

grpc::Status ClientPeer::end() {
  Packet packet;
  if (stream_->Read(&packet)) throw std::runtime_error("packet " + std::to_string(packet.type()) + " at the end");
  ended_ = true;
  return stream_->Finish();
}

}  // namespace konduit::grpc_peers
