#pragma once

namespace konduit::tls {

/// The property query that makes OpenSSL prefer our AES-GCM (`vaes_gcm`) for a TLS context and take everything else as
/// ever. Null where this build or this processor has none. Nothing else in the process changes: who does not ask gets
/// OpenSSL's own. Any thread.
const char* fast_gcm_query() noexcept;

}  // namespace konduit::tls
