#pragma once

#include "konduit/api.hpp"
#include "konduit/config.hpp"

namespace konduit::config {

/// What a field of Type::tls_server or Type::tls_client holds; TlsSettings::from() reads it.
extern KONDUIT_API const Schema tls_server_schema;
extern KONDUIT_API const Schema tls_client_schema;

}  // namespace konduit::config
