#pragma once

#include <string>
#include <vector>

#include "socket/file_descriptor.hpp"

namespace konduit::chaos {

/// A TCP address of this machine where connections are neither taken nor refused: its queue is full. Throws
/// std::runtime_error if it cannot be made.
class FullListener {
 public:
  FullListener();

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  socket::FileDescriptor listening_;
  std::vector<socket::FileDescriptor> waiting_;
  unsigned port_ = 0;
};

}  // namespace konduit::chaos
