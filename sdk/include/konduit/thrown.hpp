#pragma once

#include <string>

#include "konduit/api.hpp"

namespace konduit {

/// The words of the exception that is being handled, of whatever type. REQUIRES: called in a catch clause. Any thread.
KONDUIT_API std::string words_of_thrown();

/// Whether it is what a cancelled wait throws, and so no defect of whoever waited. REQUIRES and thread as above.
KONDUIT_API bool thrown_by_cancellation() noexcept;

}  // namespace konduit
