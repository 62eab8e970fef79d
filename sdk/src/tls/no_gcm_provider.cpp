#include "tls/gcm_provider.hpp"

namespace konduit::tls {

const char* fast_gcm_query() noexcept { return nullptr; }

}  // namespace konduit::tls
