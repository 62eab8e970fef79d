#pragma once

#include <string>

#include "konduit/connection.hpp"
#include "konduit/dial.hpp"

#include "resolver/resolver.hpp"
#include "transport-tcp/connect.hpp"

namespace konduit::transport_tcp {

using resolver::ResolveErrc;

/// Failures in the words of Go's net package, which is what operators search their logs for:
/// "dial tcp 10.0.0.1:80: connect: connection refused", "dial tcp: lookup nosuch.example: no such host".
DialError dial_error(const ConnectFailure& failure);
DialError dial_error(const std::string& name, ResolveErrc why);

/// The same for a Connector.
Connector::Failure connector_failure(const DialError& error);

}  // namespace konduit::transport_tcp
