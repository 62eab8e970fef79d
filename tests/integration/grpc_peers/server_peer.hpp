#pragma once

#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "packets.hpp"
#include "proto/konnectivity.grpc.pb.h"
#include "support/temp_directory.hpp"

namespace konduit::grpc_peers {

/// A server with one agent, over mutual TLS with the files of write_link_certificates(). It says nothing by itself but
/// its id, "grpcxx", and that it is the only one.
class ServerPeer {
 public:
  explicit ServerPeer(const test_support::TempDirectory& files);
  /// Ends the agent's stream.
  ~ServerPeer();
  ServerPeer(const ServerPeer&) = delete;
  ServerPeer& operator=(const ServerPeer&) = delete;

  int port() const noexcept { return port_; }
  /// Waits for the agent; false where none comes within kPatience.
  bool has_agent();
  // REQUIRES: has_agent() has answered true.
  /// What the agent says in its metadata under `key`, each of them, with commas between.
  std::string told(const std::string& key);
  bool send(const Packet& packet);
  /// Throws std::runtime_error at the end of the stream, which kPatience brings about.
  Packet next();

 private:
  using Stream = grpc::ServerReaderWriter<Packet, Packet>;
  struct Service final : AgentService::Service {
    explicit Service(ServerPeer& its_owner) : owner(its_owner) {}
    grpc::Status Connect(grpc::ServerContext* context, Stream* stream) override {
      return owner.serve(*context, *stream);
    }
    ServerPeer& owner;
  };

  /// Hands the stream to the test, on a thread of the library, until the test has ended.
  grpc::Status serve(grpc::ServerContext& context, Stream& stream);

  std::mutex mutex_;
  std::condition_variable changed_;
  grpc::ServerContext* context_ = nullptr;  // of the agent that is there, as the stream
  Stream* stream_ = nullptr;
  bool over_ = false;
  Service service_{*this};
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace konduit::grpc_peers
