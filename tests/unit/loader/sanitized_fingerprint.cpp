// Compiled with a sanitizer, by each compiler that there is; SANITIZER is its name.
#include <string_view>

#include "konduit/fingerprint.hpp"

static_assert(std::string_view(KONDUIT_FINGERPRINT).find(";sanitizer=" SANITIZER ";") != std::string_view::npos);
