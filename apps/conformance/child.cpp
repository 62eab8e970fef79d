#include "child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace konduit::conformance {
namespace {

using namespace std::chrono_literals;

/// A call that has computed for so long would be reported as blocking the loop if it came back.
constexpr auto kLongestWork = 4s;
/// The same for a call that sleeps. Generous: on a busy machine a process waits for its turn.
constexpr auto kLongestSleep = 20s;
/// Of what it prints, so much is kept.
constexpr std::size_t kMostSaid = 64 * 1024;
constexpr int kGlance = 100;  // ms between two looks at the progress

}  // namespace

Child::Child(std::vector<std::string> arguments, std::chrono::seconds patience)
    : patience_(patience), end_(Clock::now() + patience), since_(Clock::now()) {
  arguments.insert(arguments.end(), {"--progress", std::to_string(progress_.descriptor())});
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  process_ = fork();
  if (process_ == 0) run(arguments, ends[1]);
  close(ends[1]);
  output_ = ends[0];
  ended_ = process_ > 0 ? static_cast<int>(syscall(SYS_pidfd_open, process_, 0)) : -1;
  if (ended_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
}

Child::~Child() {
  if (output_ >= 0) close(output_);
  if (ended_ >= 0) close(ended_);
}

void Child::run(std::vector<std::string>& arguments, int output) {
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  std::vector<char*> words;
  for (auto& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  // What is freed is overwritten, so that who uses it afterwards is found out.
  setenv("GLIBC_TUNABLES", "glibc.malloc.perturb=165:glibc.malloc.tcache_count=0", 0);
  execv("/proc/self/exe", words.data());
  _exit(127);
}

void Child::watch() {
  while (turn()) {
    if (!overdue_.empty() || !held_up()) continue;
    kill(process_, SIGKILL);
  }
  waitpid(process_, &status_, 0);
}

bool Child::turn() {
  std::array<pollfd, 2> events{{{output_, POLLIN, 0}, {ended_, POLLIN, 0}}};
  if (poll(events.data(), events.size(), kGlance) <= 0) return true;
  const bool ended = events[1].revents != 0;
  const bool enough = said_.size() >= kMostSaid;
  // A process that it has left behind may go on printing.
  if (ended && (events[0].revents == 0 || enough)) return false;
  if (events[0].revents == 0) return true;
  std::array<char, 4096> piece;
  const auto got = read(output_, piece.data(), piece.size());
  if (got > 0) {
    if (!enough) said_.append(piece.data(), static_cast<std::size_t>(got));
  } else if (got == 0 || errno != EINTR) {
    close(std::exchange(output_, -1));
  }
  return true;
}

bool Child::held_up() {
  const auto now = Clock::now();
  if (now > end_) {
    overdue_ = "it was not through with this in " + std::to_string(patience_.count()) + " s";
    return true;
  }
  if (const auto calls = progress_.calls(); calls != calls_) {
    calls_ = calls;
    since_ = now;
    computed_before_ = computed();
  }
  const bool under_way = calls_ % 2 == 1;
  if (!under_way || (now - since_ < kLongestSleep && computed() - computed_before_ < kLongestWork)) return false;
  overdue_ = progress_.words();
  return true;
}

std::chrono::nanoseconds Child::computed() const {
  clockid_t clock{};
  timespec time{};
  if (clock_getcpuclockid(process_, &clock) != 0 || clock_gettime(clock, &time) != 0) return computed_before_;
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace konduit::conformance
