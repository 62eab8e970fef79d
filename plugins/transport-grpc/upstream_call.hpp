#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "http2/headers.hpp"
#include "konduit/deadline.hpp"
#include "konduit/shard.hpp"
#include "transport-grpc/dialing_end.hpp"
#include "transport-grpc/packet_stream.hpp"

namespace konduit::transport_grpc {

class UpstreamConnection;

/// One /ProxyService/Proxy stream at its client's end, and the one dial that it is for: stock servers cannot carry more
/// on one stream. It ends with its tunnel.
///
/// Thread: the shard's. Lifetime: the connection's, which destroys it some time after it ended.
class UpstreamCall final : private PacketStream::Handler,
                           private DialingEnd::Handler,
                           private Deadline::Owner,
                           private FlushHook {
 public:
  static constexpr PacketStream::Water kWater{256 * 1024, 64 * 1024};
  /// How long a server may take to confirm that a tunnel is closed, once it has taken what was sent; as stock clients
  /// wait.
  static constexpr Duration kCloseConfirmation = std::chrono::seconds(10);

  explicit UpstreamCall(UpstreamConnection& connection);
  ~UpstreamCall() override;

  /// Opens the stream. False where the connection takes none any more.
  bool open(const http2::Headers& request);
  /// As DialingEnd::dial(). Once. Static: the call may be gone when the coroutine goes on.
  static awaitable<DialResult<StreamPtr>> dial(UpstreamCall* call, Target target, TimePoint deadline) {
    return DialingEnd::dial(&call->end_, std::move(target), deadline);
  }
  /// The connection is gone, or takes no call.
  void lose() { leave("the connection was lost"); }

 private:
  void on_metadata(const http2::Headers& headers) override;
  void on_packet(const ::Packet& packet) override { end_.on_packet(packet); }
  void on_payload(std::int64_t connect_id, BufferQueue& payload, std::size_t charge) override {
    end_.on_payload(connect_id, payload, charge);
  }
  void on_window(std::int64_t connect_id, std::int64_t bytes) override { end_.on_window(connect_id, bytes); }
  void on_stream_end(const http2::GrpcEnd& end) override;
  void on_load(std::size_t pending, std::size_t tunnels) override;
  void on_deadline(Deadline& which) override;

  void flush() override;
  void leave(std::string_view why);
  void count_pending(std::size_t pending);

  UpstreamConnection& connection_;
  PacketStream packets_;
  DialingEnd end_;
  Deadline confirmation_;
  std::uint64_t framed_then_ = 0;
  std::size_t pending_ = 0;  // counted
  bool left_ = false;
};

}  // namespace konduit::transport_grpc
