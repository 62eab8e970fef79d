#pragma once

#include <sys/types.h>

#include <cstdint>
#include <set>
#include <string>

namespace konduit::chaos {

/// What /proc says of a process. Everything is 0 for one that has ended.
struct ProcessView {
  std::size_t descriptors = 0;
  std::size_t threads = 0;
  double resident_mib = 0;
  double cpu_seconds = 0;
};

ProcessView look_at(pid_t process);

/// The local ports of its TCP connections.
std::set<std::uint16_t> tcp_ports(pid_t process);

/// The number that its next descriptor will have: with this as its limit it can open none.
std::uint64_t next_descriptor(pid_t process);

/// Below which its descriptors must be; the old limit. Throws std::runtime_error.
std::uint64_t limit_descriptors(pid_t process, std::uint64_t limit);

}  // namespace konduit::chaos
