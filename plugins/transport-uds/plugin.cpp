#include "konduit/plugin.hpp"

#include "transport-uds/uds_transport.hpp"

namespace {

using namespace konduit;
using namespace konduit::transport_uds;

constexpr ComponentDescriptor kComponents[] = {
    describe<UdsTransport>("uds", "Unix sockets, under uds:///PATH.", kListenFields,
                           "{url: uds:///run/konduit/server.sock, mode: \"0770\"}"),
};

}  // namespace

KONDUIT_PLUGIN(KONDUIT_PLUGIN_NAME, KONDUIT_PLUGIN_VERSION, "Apache-2.0", kComponents)
