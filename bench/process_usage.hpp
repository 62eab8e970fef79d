#pragma once

#include <sys/types.h>

namespace konduit::bench {

/// Seconds of CPU (user and system) that the process has used so far; 0 for process 0. Throws for one that is not
/// there.
double cpu_seconds(pid_t process);

/// The same of this process, all its threads.
double own_cpu_seconds();

/// KiB of a process now.
struct Memory {
  long anonymous = 0;  ///< RssAnon: what it alone holds.
  long resident = 0;   ///< VmRSS: with the pages of its program and libraries.
};

/// All 0 for process 0.
Memory memory_of(pid_t process);

}  // namespace konduit::bench
