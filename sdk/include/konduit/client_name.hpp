#pragma once

#include <string_view>

#include "konduit/api.hpp"
#include "konduit/peer.hpp"

namespace konduit {

/// Who a client is to limits and accounts, over all its connections: its identity, else the host that it connects from
/// ("tcp://192.0.2.7" of "tcp://192.0.2.7:40312"). An address without a port has no host: clients that have neither, as
/// on a Unix socket, are one ("uds://" of "uds://pid=7,uid=0"). Valid as long as `peer`.
KONDUIT_API std::string_view client_name(const Peer& peer) noexcept;

}  // namespace konduit
