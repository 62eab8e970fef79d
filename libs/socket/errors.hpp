#pragma once

#include <string>

#include "konduit/result.hpp"

namespace konduit::socket {

/// What a failed system call on a connected socket means for its stream: would_block, hangup (EPIPE), timed_out (the
/// peer's host is gone) or reset. `number` is errno or SO_ERROR, never 0.
error_code stream_error(int number) noexcept;

/// True if the call failed for want of descriptors or memory: somebody else has to give something back first.
bool exhausted(int number) noexcept;

/// The system's words as Go writes them: "connection refused", "too many open files".
std::string error_words(int number);

}  // namespace konduit::socket
