#include "support/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <stdexcept>

namespace konduit::test_support {
namespace {

using Clock = std::chrono::steady_clock;
using socket::FileDescriptor;

constexpr int kCannotExecute = 127;

int checked(int result, const char* what) {
  if (result < 0) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
  return result;
}

/// The child's side of fork(): only what is safe behind it.
[[noreturn]] void become(char* const* arguments, int output, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int input = ::open("/dev/null", O_RDONLY);
  if (::getppid() == parent && ::dup2(input, 0) == 0 && ::dup2(output, 1) == 1 && ::dup2(output, 2) == 2) {
    ::execv(arguments[0], arguments);
  }
  ::_exit(kCannotExecute);
}

int milliseconds_until(Clock::time_point end) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
  return static_cast<int>(std::max<decltype(left)>(left, 0));
}

std::size_t occurrences(std::string_view text, std::string_view wanted) {
  std::size_t count = 0;
  for (auto at = text.find(wanted); at != text.npos; at = text.find(wanted, at + wanted.size())) ++count;
  return count;
}

}  // namespace

Program::Program(std::vector<std::string> command) {
  std::vector<char*> arguments;
  for (auto& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::array<int, 2> ends{};
  checked(::pipe2(ends.data(), O_CLOEXEC), "pipe");
  pipe_ = FileDescriptor(ends[0]);
  const FileDescriptor output(ends[1]);
  checked(::fcntl(pipe_.get(), F_SETFL, O_NONBLOCK), "fcntl");
  const pid_t parent = ::getpid();
  id_ = checked(::fork(), "fork");
  if (id_ == 0) become(arguments.data(), output.get(), parent);
  process_ = FileDescriptor(checked(static_cast<int>(::syscall(SYS_pidfd_open, id_, 0)), "pidfd_open"));
}

Program::~Program() {
  if (status_) return;
  ::kill(id_, SIGKILL);
  ::waitpid(id_, nullptr, 0);
}

void Program::signal(int number) {
  if (running()) checked(::kill(id_, number), "kill");
}

std::size_t Program::threads() const {
  const std::filesystem::directory_iterator tasks("/proc/" + std::to_string(id_) + "/task");
  return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

std::optional<int> Program::exit_status(std::chrono::milliseconds patience) {
  wait([] { return false; }, patience);
  return status_;
}

bool Program::says(std::string_view text, std::size_t times) {
  return wait([&] { return occurrences(output_, text) >= times; });
}

const std::string& Program::output() {
  collect();
  return output_;
}

bool Program::wait(const std::function<bool()>& done, std::chrono::milliseconds patience, int wake) {
  const auto end = Clock::now() + patience;
  for (;;) {
    const bool over = !running();
    collect();
    if (done()) return true;
    if (over || Clock::now() >= end) return false;
    std::array<pollfd, 3> events{{{process_.get(), POLLIN, 0}, {pipe_.get(), POLLIN, 0}, {wake, POLLIN, 0}}};
    if (::poll(events.data(), events.size(), milliseconds_until(end)) < 0 && errno != EINTR) checked(-1, "poll");
  }
}

void Program::collect() {
  std::array<char, 16 * 1024> piece;
  ssize_t got = 0;
  while (pipe_ && ((got = ::read(pipe_.get(), piece.data(), piece.size())) > 0 || (got < 0 && errno == EINTR))) {
    if (got > 0) output_.append(piece.data(), static_cast<std::size_t>(got));
  }
  if (pipe_ && got == 0) pipe_.close();
}

bool Program::running() {
  int status = 0;
  if (status_ || checked(::waitpid(id_, &status, WNOHANG), "waitpid") == 0) return !status_;
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return false;
}

}  // namespace konduit::test_support
