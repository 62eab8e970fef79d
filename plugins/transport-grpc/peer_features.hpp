#pragma once

namespace konduit::transport_grpc {

/// What the other end of a packet stream understands beyond the stock protocol. Negotiated once per stream from the
/// `konduit-features` metadata: nothing is ever sent that the peer did not announce. This end announces nothing yet, so
/// every peer is a stock one.
struct PeerFeatures {
  bool half_close = false;  ///< End of one direction of a tunnel.
};

}  // namespace konduit::transport_grpc
