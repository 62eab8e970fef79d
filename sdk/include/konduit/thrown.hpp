#pragma once

#include <string>

#include "konduit/api.hpp"

namespace konduit {

/// The words of the exception that is being handled, of whatever type. REQUIRES: called in a catch clause. Any thread.
KONDUIT_API std::string words_of_thrown();

}  // namespace konduit
