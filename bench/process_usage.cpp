#include "process_usage.hpp"

#include <unistd.h>

#include <ctime>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace konduit::bench {

namespace {

/// The fields of /proc/PID/stat behind the program's name, which may hold anything.
std::istringstream stat_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string line;
  if (!std::getline(file, line)) throw std::runtime_error("no process " + std::to_string(process));
  return std::istringstream(line.substr(line.rfind(')') + 2));
}

}  // namespace

double cpu_seconds(pid_t process) {
  if (process == 0) return 0;
  auto fields = stat_of(process);
  std::string skipped;
  for (int i = 0; i != 11; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double own_cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

Memory memory_of(pid_t process) {
  Memory memory;
  if (process == 0) return memory;
  std::ifstream file("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::string name;
    fields >> name;
    if (name == "RssAnon:") fields >> memory.anonymous;
    if (name == "VmRSS:") fields >> memory.resident;
  }
  return memory;
}

}  // namespace konduit::bench
