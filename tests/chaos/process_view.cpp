#include "chaos/process_view.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace konduit::chaos {

namespace {

namespace fs = std::filesystem;

fs::path folder_of(pid_t process) { return fs::path("/proc") / std::to_string(process); }

std::vector<fs::path> entries(const fs::path& folder) {
  std::error_code gone;
  std::vector<fs::path> result;
  for (fs::directory_iterator at(folder, gone), end; !gone && at != end; at.increment(gone))
    result.push_back(at->path());
  return result;
}

/// Fields 14 and 15 of proc(5), /proc/PID/stat; the program's name, in parentheses, may hold anything.
double cpu_seconds(const fs::path& folder) {
  std::ifstream file(folder / "stat");
  std::string line;
  std::getline(file, line);
  const std::size_t end = line.rfind(')');
  if (end == std::string::npos) return 0;
  std::istringstream rest(line.substr(end + 1));
  const std::vector<std::string> fields(std::istream_iterator<std::string>(rest), {});
  constexpr std::size_t kFirst = 3;
  if (fields.size() < 16 - kFirst) return 0;
  return (std::stod(fields[14 - kFirst]) + std::stod(fields[15 - kFirst])) /
         static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double resident_mib(const fs::path& folder) {
  std::ifstream file(folder / "statm");
  double all = 0;
  double resident = 0;
  file >> all >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1024 * 1024);
}

/// The numbers of its sockets, as /proc/net tells them.
std::set<std::string> socket_numbers(const fs::path& folder) {
  std::set<std::string> numbers;
  for (const fs::path& entry : entries(folder / "fd")) {
    std::error_code gone;
    const std::string target = fs::read_symlink(entry, gone).string();
    if (target.starts_with("socket:[")) numbers.insert(target.substr(8, target.size() - 9));
  }
  return numbers;
}

}  // namespace

ProcessView look_at(pid_t process) {
  const fs::path folder = folder_of(process);
  return {entries(folder / "fd").size(), entries(folder / "task").size(), resident_mib(folder), cpu_seconds(folder)};
}

std::set<std::uint16_t> tcp_ports(pid_t process) {
  const auto own = socket_numbers(folder_of(process));
  std::set<std::uint16_t> ports;
  std::ifstream file(folder_of(process) / "net/tcp");
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream stream(line);
    const std::vector<std::string> fields(std::istream_iterator<std::string>(stream), {});
    if (fields.size() < 10 || !own.contains(fields[9])) continue;
    ports.insert(static_cast<std::uint16_t>(std::stoul(fields[1].substr(fields[1].find(':') + 1), nullptr, 16)));
  }
  return ports;
}

std::uint64_t next_descriptor(pid_t process) {
  std::set<std::uint64_t> taken;
  for (const fs::path& entry : entries(folder_of(process) / "fd")) taken.insert(std::stoul(entry.filename().string()));
  std::uint64_t next = 0;
  while (taken.contains(next)) ++next;
  return next;
}

std::uint64_t limit_descriptors(pid_t process, std::uint64_t limit) {
  rlimit now{};
  if (::prlimit(process, RLIMIT_NOFILE, nullptr, &now) != 0) {
    throw std::runtime_error(std::string("prlimit: ") + std::strerror(errno));
  }
  const rlimit wanted{limit, now.rlim_max};
  if (::prlimit(process, RLIMIT_NOFILE, &wanted, nullptr) != 0) {
    throw std::runtime_error(std::string("prlimit: ") + std::strerror(errno));
  }
  return now.rlim_cur;
}

}  // namespace konduit::chaos
