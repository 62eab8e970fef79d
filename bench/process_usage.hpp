#pragma once

#include <sys/types.h>

#include <span>

namespace konduit::bench {

/// Seconds of CPU (user and system) that the processes have used so far, together. Throws for a process that is not
/// there.
double cpu_seconds(std::span<const pid_t> processes);

/// Resident memory of the processes now, in KiB, together.
long resident_kib(std::span<const pid_t> processes);

}  // namespace konduit::bench
