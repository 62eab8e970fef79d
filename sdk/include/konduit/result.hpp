#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <string>
#include <type_traits>

#include "konduit/api.hpp"

namespace konduit {

using boost::system::error_code;

/// A value or an error code. The data plane returns these; it never throws.
template <class T = void>
using Result = boost::system::result<T, error_code>;

/// Why an operation on a stream did not do what was asked.
enum class StreamErrc {
  would_block = 1,  ///< Nothing can be done now; the observer will be told when to try again.
  end_of_stream,    ///< The peer said, in order, that no further byte follows.
  reset,            ///< The stream was aborted; bytes may be missing.
  hangup,           ///< The peer will take no further byte (it closed, or its host is gone).
  closed,           ///< This end was closed before the call.
  timed_out,        ///< A deadline passed.
  too_large,        ///< A limit on sizes was exceeded.
  protocol,         ///< The peer broke the protocol of its layer.
  overloaded,       ///< A budget is used up.
  cancelled,        ///< The caller gave up.
};

/// One category for all copies of the library in the process: it compares by id, not by address.
KONDUIT_API const boost::system::error_category& stream_category() noexcept;

inline error_code make_error_code(StreamErrc code) noexcept { return {static_cast<int>(code), stream_category()}; }

inline bool would_block(const error_code& code) noexcept { return code == make_error_code(StreamErrc::would_block); }

inline bool end_of_stream(const error_code& code) noexcept {
  return code == make_error_code(StreamErrc::end_of_stream);
}

}  // namespace konduit

template <>
struct boost::system::is_error_code_enum<konduit::StreamErrc> : std::true_type {};
