#include "konduit/plugin.hpp"

#include "transport-tcp/direct.hpp"
#include "transport-tcp/tcp_transport.hpp"

namespace {

using namespace konduit;
using namespace konduit::transport_tcp;

constexpr ComponentDescriptor kComponents[] = {
    describe<TcpTransport>("tcp", "TCP, under tcp://HOST:PORT.", kListenFields,
                           "{url: tcp://0.0.0.0:8090, backlog: 4096}"),
    describe<Direct>("direct", "Dials the target itself, over TCP.", kDirectFields, kDirectExample),
};

}  // namespace

KONDUIT_PLUGIN(KONDUIT_PLUGIN_NAME, KONDUIT_PLUGIN_VERSION, "Apache-2.0", kComponents)
