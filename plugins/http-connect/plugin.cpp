#include <iterator>

#include "konduit/liveness_schema.hpp"
#include "konduit/plugin.hpp"

#include "http-connect/backend.hpp"
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

constexpr Field kProxyFields[] = {
    {.name = "url",
     .type = Type::text,
     .summary = "Where the proxy is, as in \"tcp://proxy.example:3128\".",
     .required = true},
    {.name = "tls", .type = Type::tls_client, .summary = "TLS to the proxy; without it the connection is plain."},
    {.name = "via",
     .type = Type::reference,
     .summary = "A backend through which the proxy is reached.",
     .detail = "backend"},
    {.name = "username", .type = Type::text, .summary = "Who dials, by Basic authentication."},
    {.name = "password", .type = Type::text, .summary = "The word that proves it.", .secret = true},
    {.name = "dial_timeout",
     .type = Type::duration,
     .summary = "How long connecting and the proxy's answer may take together.",
     .default_value = "10s",
     .detail = "1ms.."},
    {.name = "max_head", .type = Type::size, .summary = "The longest head of an answer.", .default_value = "16KiB"},
    {.name = "liveness",
     .type = Type::object,
     .summary = "How soon the transport notices that the proxy has vanished.",
     .default_value = "{}",
     .fields = konduit::config::kLivenessFields,
     .field_count = std::size(konduit::config::kLivenessFields)},
};

constexpr const char* kProxyExample = R"(url: "tcp://proxy.example:3128")";

constexpr konduit::ComponentDescriptor kComponents[] = {
    konduit::describe<konduit::http_connect::HttpConnect>(
        "http-connect", "Accepts dials as HTTP CONNECT requests, over TCP or Unix sockets, with or without TLS.",
        kFields, kExample),
    konduit::describe<konduit::http_connect::HttpProxy>("http-connect", "Dials through an HTTP proxy by CONNECT.",
                                                        kProxyFields, kProxyExample),
};

}  // namespace

KONDUIT_PLUGIN(KONDUIT_PLUGIN_NAME, KONDUIT_PLUGIN_VERSION, "Apache-2.0", kComponents)
