#pragma once

#include <string>
#include <string_view>

namespace konduit::transport_grpc {

/// What the other end of a packet stream understands beyond the stock protocol (docs/protocol.md). Agreed once per
/// stream by the metadata `konduit-features`, before the first packet: nothing is ever sent that the peer did not
/// announce.
struct PeerFeatures {
  bool credit = false;      ///< Each tunnel has a window of its own.
  bool half_close = false;  ///< End of one direction of a tunnel.
  bool reset = false;       ///< The abrupt end of a tunnel, with its reason.

  /// The peer is an end of this project.
  bool any() const noexcept { return credit || half_close || reset; }

  friend bool operator==(const PeerFeatures&, const PeerFeatures&) = default;
};

inline constexpr std::string_view kFeaturesKey = "konduit-features";

/// What this end understands.
inline constexpr PeerFeatures kOwnFeatures{true, true, true};

/// Of a list "credit/1, half-close/1, ...", what this end understands as well. Unknown names and versions are left out.
PeerFeatures common_features(std::string_view list) noexcept;

/// The list that announces `features`; empty for none.
std::string feature_list(const PeerFeatures& features);

}  // namespace konduit::transport_grpc
