#pragma once

#include "konduit/config.hpp"

namespace konduit::config {

/// The fields of an object that Liveness::from() reads. On by default: who has such a key has connections that carry
/// many tunnels. The limits are Linux's.
inline constexpr Field kLivenessFields[] = {
    {.name = "enabled",
     .type = Type::boolean,
     .summary = "Notice fast, by keepalive, that the other end has vanished",
     .default_value = "true"},
    {.name = "idle",
     .type = Type::duration,
     .summary = "Silence before the first probe",
     .default_value = "5s",
     .detail = "1s..9h"},
    {.name = "interval",
     .type = Type::duration,
     .summary = "Pause between probes",
     .default_value = "2s",
     .detail = "1s..9h"},
    {.name = "probes",
     .type = Type::integer,
     .summary = "Unanswered probes after which the connection is given up",
     .default_value = "3",
     .detail = "1..127"},
    {.name = "user_timeout",
     .type = Type::duration,
     .summary = "How long sent bytes may stay unacknowledged; 0s: as long as the system likes",
     .default_value = "11s",
     .detail = "0s..24h"},
};

}  // namespace konduit::config
