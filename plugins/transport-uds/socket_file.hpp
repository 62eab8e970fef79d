#pragma once

#include <sys/types.h>

#include <string>

#include "socket/file_descriptor.hpp"

namespace konduit::transport_uds {

/// The file of a listening socket: made with its permissions, and removed at the end if it is still the one that was
/// made.
class SocketFile {
 public:
  /// Binds `descriptor`, which must not listen yet: until it does, a connect is refused, so the file is never open to
  /// more than `mode` says. A file that is there already is removed if `unlink_existing` allows it and it is a socket
  /// that nobody listens on. Throws StartError.
  SocketFile(int descriptor, std::string path, mode_t mode, bool unlink_existing);
  ~SocketFile();
  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;

  const std::string& path() const noexcept { return path_; }

 private:
  const std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace konduit::transport_uds
