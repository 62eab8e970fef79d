#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>

#include "konduit/result.hpp"

namespace konduit::kube {

/// Why the API server did not do what it was asked.
struct Error {
  enum class Kind : std::uint8_t {
    unreachable,  ///< No connection, or it broke.
    timed_out,    ///< The caller's deadline passed.
    cancelled,    ///< The caller was cancelled.
    refused,      ///< Answered with an HTTP status that is no success.
    malformed,    ///< Answered with something that is not Kubernetes' API.
  };
  Kind kind = Kind::unreachable;
  std::string text;         ///< What was asked, where, the HTTP status and the message of the answer; never a secret.
  unsigned status = 0;      ///< HTTP; 0 without an answer.
  std::string reason = {};  ///< `reason` of the answer's Status ("NotFound", "Expired"); empty if there was none.

  bool not_found() const noexcept { return status == 404; }
  bool conflict() const noexcept { return status == 409; }
  /// The resource version is too old to watch from: list again.
  bool gone() const noexcept { return status == 410; }
};

/// What was asked for, or why it is not there.
template <class T = void>
using Answer = boost::system::result<T, Error>;

[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

}  // namespace konduit::kube
