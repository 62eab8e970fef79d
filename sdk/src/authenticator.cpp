#include "konduit/authenticator.hpp"

#include <stdexcept>

namespace konduit {

void throw_exception_from_error(const Refusal& refusal, const boost::source_location&) {
  throw std::runtime_error("refused: " + refusal.text);
}

}  // namespace konduit
