#include "konduit/plugin.hpp"

#include "http-connect/frontend.hpp"

namespace {

using konduit::config::Field;
using konduit::config::Type;

constexpr Field kFields[] = {
    {.name = "listen", .type = Type::listen, .summary = "Where clients connect.", .required = true},
    {.name = "authenticator",
     .type = Type::reference,
     .summary = "Who may use it, by the TLS certificate or by Proxy-Authorization: Bearer; without it everybody.",
     .detail = "authenticator"},
    {.name = "head_timeout",
     .type = Type::duration,
     .summary = "How long a client may take to send its request.",
     .default_value = "60s",
     .detail = "1ms.."},
    {.name = "max_head", .type = Type::size, .summary = "The longest request head.", .default_value = "16KiB"},
    {.name = "dial_timeout",
     .type = Type::duration,
     .summary = "How long a client waits for its answer.",
     .default_value = "30s",
     .detail = "1ms.."},
    {.name = "first_byte_gap",
     .type = Type::duration,
     .summary =
         "Between the answer and the tunnel's first byte, where the system cannot tell when the client has read it.",
     .default_value = "3ms",
     .detail = "0s.."},
};

constexpr const char* kExample = R"(listen: {url: "tcp://127.0.0.1:8090"})";

constexpr konduit::ComponentDescriptor kComponents[] = {
    konduit::describe<konduit::http_connect::HttpConnect>(
        "http-connect", "Accepts dials as HTTP CONNECT requests, over TCP or Unix sockets, with or without TLS.",
        kFields, kExample),
};

}  // namespace

KONDUIT_PLUGIN(KONDUIT_PLUGIN_NAME, KONDUIT_PLUGIN_VERSION, "Apache-2.0", kComponents)
