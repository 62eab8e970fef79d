#include "konduit/connection.hpp"

#include <boost/system/system_error.hpp>

namespace konduit {

void throw_exception_from_error(const Connector::Failure& error, const boost::source_location&) {
  throw boost::system::system_error(error.code, error.text);
}

}  // namespace konduit
