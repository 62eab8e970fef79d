#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "packets.hpp"
#include "proto/konnectivity.grpc.pb.h"

namespace konduit::grpc_peers {

/// One stream of ProxyService on a connection of its own, as kube-apiserver has one for each dial. Every call ends
/// within kPatience of the stream's start.
class ClientPeer {
 public:
  explicit ClientPeer(const std::string& socket_file);
  /// Cancels what is left.
  ~ClientPeer();
  ClientPeer(const ClientPeer&) = delete;
  ClientPeer& operator=(const ClientPeer&) = delete;

  bool send(const Packet& packet) { return stream_->Write(packet); }
  /// Throws std::runtime_error at the end of the stream.
  Packet next();
  /// Dials, and answers the connectID. Throws std::runtime_error with the error where it is refused.
  std::int64_t dial(const std::string& address);
  void cancel() { context_.TryCancel(); }
  /// Reads to the end, which must bring no packet any more.
  grpc::Status end();

 private:
  grpc::ClientContext context_;
  std::unique_ptr<ProxyService::Stub> stub_;
  std::unique_ptr<grpc::ClientReaderWriter<Packet, Packet>> stream_;
  bool ended_ = false;
};

}  // namespace konduit::grpc_peers
