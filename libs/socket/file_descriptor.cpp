#include "socket/file_descriptor.hpp"

#include <unistd.h>

namespace konduit::socket {

void FileDescriptor::close_now(int number) noexcept {
  // Not repeated on EINTR: Linux has freed the number by then, and it may belong to somebody else already.
  if (number >= 0) ::close(number);
}

}  // namespace konduit::socket
