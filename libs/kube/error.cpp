#include "kube/error.hpp"

#include <stdexcept>

namespace konduit::kube {

void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::runtime_error(error.text);
}

}  // namespace konduit::kube
