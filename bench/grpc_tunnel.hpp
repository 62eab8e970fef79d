#pragma once

#include <string>

#include "http2_client.hpp"
#include "packets.hpp"
#include "tunnel.hpp"

namespace konduit::bench {

/// A tunnel through the gRPC frontend: one call that carries one tunnel, on a connection that it shares or has to
/// itself, as kube-apiserver does.
class GrpcTunnel final : public Tunnel, private Http2Stream, private PacketHandler {
 public:
  /// The connection and the user outlive it.
  GrpcTunnel(Http2Client& connection, std::string target, TunnelUser& user);
  /// Owns the connection, and ends it with itself.
  GrpcTunnel(Loop& loop, std::unique_ptr<Http2Client> connection, std::string target, TunnelUser& user);
  ~GrpcTunnel() override;

  void start() override;
  std::size_t write(std::span<const char> bytes) override;
  void keep_writable(bool keep) override;
  bool close() override;

 private:
  enum class State { dialing, open, closing, closed };

  void on_stream_bytes(std::span<const char> bytes) override { reader_.push(bytes); }
  void on_room() override { user_.on_writable(); }
  void on_stream_end() override;
  void on_dial_answer(const std::string& error, std::int64_t connect_id) override;
  void on_data(std::span<const char> bytes) override { user_.on_bytes(bytes); }
  void on_close_answer() override;

  Loop* loop_ = nullptr;
  std::unique_ptr<Http2Client> own_;
  Http2Client& connection_;
  const std::string target_;
  TunnelUser& user_;
  PacketReader reader_{*this};
  State state_ = State::dialing;
  std::int64_t connect_id_ = 0;
};

}  // namespace konduit::bench
