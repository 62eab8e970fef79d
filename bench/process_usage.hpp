#pragma once

#include <sys/types.h>

#include <span>

namespace konduit::bench {

/// Seconds of CPU (user and system) that the processes have used so far, together. Throws for a process that is not
/// there.
double cpu_seconds(std::span<const pid_t> processes);

/// The same of this process, all its threads.
double own_cpu_seconds();

/// Resident memory of the processes now, in KiB, together.
long resident_kib(std::span<const pid_t> processes);

}  // namespace konduit::bench
