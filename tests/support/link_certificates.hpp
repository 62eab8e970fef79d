#pragma once

#include "support/temp_directory.hpp"

namespace konduit::test_support {

/// Writes what a server and its agents show to each other: ca.pem, server.pem with server.key (for localhost and the
/// loopback addresses), agent.pem with agent.key (for "agent").
void write_link_certificates(const TempDirectory& folder);

}  // namespace konduit::test_support
