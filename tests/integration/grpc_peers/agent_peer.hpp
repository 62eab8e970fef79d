#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "packets.hpp"
#include "proto/konnectivity.grpc.pb.h"
#include "support/temp_directory.hpp"

namespace konduit::grpc_peers {

/// A stock agent's stream to a server, over mutual TLS with the files of write_link_certificates(). It answers nothing
/// by itself. Every call ends within kPatience of the stream's start.
class AgentPeer {
 public:
  AgentPeer(const test_support::TempDirectory& files, const std::string& place, const std::string& agent_id);
  /// Cancels what is left.
  ~AgentPeer();
  AgentPeer(const AgentPeer&) = delete;
  AgentPeer& operator=(const AgentPeer&) = delete;

  /// What the server says in its initial metadata under `key`, each of them, with commas between.
  std::string told(const std::string& key);
  bool send(const Packet& packet) { return stream_->Write(packet); }
  /// Throws std::runtime_error at the end of the stream.
  Packet next();

 private:
  grpc::ClientContext context_;
  std::unique_ptr<AgentService::Stub> stub_;
  std::unique_ptr<grpc::ClientReaderWriter<Packet, Packet>> stream_;
  bool greeted_ = false;  // its initial metadata may be waited for once, and not behind the first packet
};

}  // namespace konduit::grpc_peers
