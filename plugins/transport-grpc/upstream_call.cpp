#include "transport-grpc/upstream_call.hpp"

#include <string>
#include <utility>

#include "proto/konnectivity.pb.h"
#include "transport-grpc/dial_words.hpp"
#include "transport-grpc/upstream_connection.hpp"

namespace konduit::transport_grpc {
namespace {

std::shared_ptr<const TunnelContext> tunnel_context(const UpstreamService& service, PeerFeatures features) {
  return std::make_shared<const TunnelContext>(
      TunnelContext{features, false, "server " + service.url, service.budget, service.offenders});
}

}  // namespace

// DIAL_REQ goes out before the server's headers come, since stock servers send them behind their first packet: it says
// the window in case credit will be agreed.
UpstreamCall::UpstreamCall(UpstreamConnection& connection)
    : connection_(connection),
      packets_(connection.http2(), http2::Role::client, kWater, connection.service().counters, *this),
      end_(packets_, tunnel_context(connection.service(), kOwnFeatures), connection.service().dials, *this),
      confirmation_(connection.service().shard.deadlines(), *this) {}

UpstreamCall::~UpstreamCall() { lose(); }

bool UpstreamCall::open(const http2::Headers& request) {
  const http2::StreamId id = connection_.http2().request(request, packets_);
  if (id == 0) return false;
  packets_.attach(id);
  packets_.set_round_trip(connection_.round_trip());
  return true;
}

void UpstreamCall::on_metadata(const http2::Headers& headers) {
  const PeerFeatures features = common_features(headers.get(kFeaturesKey));
  end_.agree(tunnel_context(connection_.service(), features));
  if (features.any()) connection_.watch_closely();
}

void UpstreamCall::on_stream_end(const http2::GrpcEnd& end) {
  std::string why = "the call ended with " + std::string(http2::to_string(end.status));
  if (!end.message.empty()) why.append(": ").append(shortened(end.message, 1024));
  leave(why);
}

void UpstreamCall::on_load(std::size_t pending, std::size_t tunnels) {
  count_pending(pending);
  if (pending == 0 && tunnels == 0) return leave("the tunnel has ended");
  if (pending == 0 && end_.closing() && !confirmation_.armed()) {
    confirmation_.arm(kCloseConfirmation);
    // The connection was marked by CLOSE_REQ, so it has been flushed when this hook is.
    connection_.service().shard.mark_dirty(*this);
  }
}

void UpstreamCall::flush() { framed_then_ = packets_.framed(); }

// The server cannot confirm what still waits behind bytes that it takes slowly.
void UpstreamCall::on_deadline(Deadline&) {
  const std::uint64_t framed = packets_.framed();
  if (std::exchange(framed_then_, framed) != framed) return confirmation_.arm(kCloseConfirmation);
  leave("the server did not confirm the tunnel's close");
}

void UpstreamCall::leave(std::string_view why) {
  if (std::exchange(left_, true)) return;
  confirmation_.disarm();
  packets_.end({});
  end_.lose(StreamErrc::reset, why);
  count_pending(0);
  connection_.retire(*this);
}

void UpstreamCall::count_pending(std::size_t pending) {
  const auto before = static_cast<std::int64_t>(std::exchange(pending_, pending));
  connection_.service().dials.pending(static_cast<std::int64_t>(pending) - before);
}

}  // namespace konduit::transport_grpc
