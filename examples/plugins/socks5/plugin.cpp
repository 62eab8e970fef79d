#include <konduit/plugin.hpp>

#include "frontend.hpp"

namespace {

using konduit::config::Field;
using konduit::config::Type;

constexpr Field kFields[] = {
    {.name = "listen", .type = Type::listen, .summary = "Where clients connect.", .required = true},
    {.name = "users",
     .type = Type::map,
     .summary = "Who may use it: names and their passwords (RFC 1929); without it and authenticator everybody.",
     .secret = true,
     .element = Type::text},
    {.name = "authenticator",
     .type = Type::reference,
     .summary = "Who may use it, by name and password, or by the TLS certificate.",
     .detail = "authenticator"},
    {.name = "handshake_timeout",
     .type = Type::duration,
     .summary = "How long a client may take to say who it is and what it wants.",
     .default_value = "30s",
     .detail = "1ms.."},
    {.name = "dial_timeout",
     .type = Type::duration,
     .summary = "How long a client waits for its answer.",
     .default_value = "30s",
     .detail = "1ms.."},
};

constexpr const char* kExample = R"(listen: {url: "tcp://127.0.0.1:1080"}
users: {alice: "correct horse"}
)";

constexpr konduit::ComponentDescriptor kComponents[] = {
    konduit::describe<socks5::Socks5>("socks5", "Accepts dials as SOCKS version 5 requests", kFields, kExample),
};

}  // namespace

KONDUIT_PLUGIN(KONDUIT_PLUGIN_NAME, KONDUIT_PLUGIN_VERSION, "Apache-2.0", kComponents)
