#include "socket/errors.hpp"

#include <cctype>
#include <cerrno>
#include <system_error>

namespace konduit::socket {

error_code stream_error(int number) noexcept {
  switch (number) {
    case EAGAIN: return StreamErrc::would_block;
    case EPIPE: return StreamErrc::hangup;
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN: return StreamErrc::timed_out;
    default: return StreamErrc::reset;
  }
}

bool exhausted(int number) noexcept {
  return number == EMFILE || number == ENFILE || number == ENOBUFS || number == ENOMEM;
}

std::string error_words(int number) {
  // Linux's messages and Go's differ in the case of the first letter alone.
  std::string words = std::generic_category().message(number);
  if (!words.empty()) words[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(words[0])));
  return words;
}

}  // namespace konduit::socket
