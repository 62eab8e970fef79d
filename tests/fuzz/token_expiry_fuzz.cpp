#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "auth/token_expiry.hpp"

// Any bytes are a token, and say an end between 1970 and 2200 or none.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto end = konduit::auth::stated_expiry({reinterpret_cast<const char*>(data), size});
  if (end && (end->time_since_epoch() < std::chrono::seconds(0) ||
              end->time_since_epoch() > std::chrono::seconds(7'258'118'400))) {
    std::abort();
  }
  return 0;
}
