#include "chaos/process.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "chaos/patience.hpp"

namespace konduit::chaos {

namespace {

using socket::FileDescriptor;

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what + ": " + std::strerror(errno)); }

FileDescriptor open_output(const std::string& path) {
  FileDescriptor file(
      ::open(path.empty() ? "/dev/null" : path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!file) fail(path);
  return file;
}

struct Pipe {
  FileDescriptor read;
  FileDescriptor write;

  static Pipe make() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) fail("pipe");
    return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
  }
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> environment_with(const std::vector<std::string>& added) {
  std::vector<std::string> result(added);
  for (char** variable = environ; *variable != nullptr; ++variable) result.emplace_back(*variable);
  return result;
}

/// Between fork and exec, where nothing may allocate.
[[noreturn]] void become(char* const* command, char* const* environment, int in, int out, int err,
                         bool fixed) noexcept {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // Not in the terminal's foreground group: Ctrl-C reaches the parent, which ends its children in order.
  ::setpgid(0, 0);
  if (fixed) ::personality(ADDR_NO_RANDOMIZE);
  ::dup2(in, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  // Asio's sockets are not marked: a child would keep the clients' tunnels open.
  ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  ::execvpe(command[0], command, environment);
  ::_exit(127);
}

}  // namespace

Process::Process(const Launch& launch) {
  std::vector<std::string> words = launch.command;
  std::vector<std::string> variables = environment_with(launch.environment);
  const auto command = pointers(words);
  const auto environment = pointers(variables);
  const FileDescriptor log = open_output(launch.output);
  const FileDescriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  Pipe in = Pipe::make();
  Pipe out = Pipe::make();
  const int error = launch.standard_error >= 0 ? launch.standard_error : log.get();
  id_ = ::fork();
  if (id_ < 0) fail("fork");
  if (id_ == 0) {
    become(command.data(), environment.data(), launch.conversation ? in.read.get() : nothing.get(),
           launch.conversation ? out.write.get() : log.get(), error, launch.fixed_addresses);
  }
  if (launch.conversation) {
    input_ = std::move(in.write);
    output_ = std::move(out.read);
  }
}

Process::Process(Process&& other) noexcept { *this = std::move(other); }

Process& Process::operator=(Process&& other) noexcept {
  if (this == &other) return *this;
  kill();
  id_ = std::exchange(other.id_, -1);
  status_ = std::exchange(other.status_, std::nullopt);
  input_ = std::move(other.input_);
  output_ = std::move(other.output_);
  heard_ = std::move(other.heard_);
  return *this;
}

Process::~Process() { kill(); }

bool Process::running() {
  if (id_ < 0 || status_) return false;
  int status = 0;
  if (::waitpid(id_, &status, WNOHANG) == id_) status_ = status;
  return !status_;
}

void Process::signal(int number) const {
  // A process that has been waited for may have left its number to another one.
  if (id_ > 0 && !status_) ::kill(id_, number);
}

std::optional<int> Process::wait(TimePoint deadline) {
  if (id_ < 0) return std::nullopt;
  wait_until(deadline, [this] { return !running(); });
  return status_;
}

void Process::kill() {
  if (!running()) return;
  ::kill(id_, SIGKILL);
  int status = 0;
  while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
  }
  status_ = status;
}

void Process::say(const std::string& line) const {
  const std::string text = line + '\n';
  if (::write(input_.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) fail("write to a child");
}

std::string Process::hear(TimePoint deadline) {
  for (;;) {
    if (const std::size_t end = heard_.find('\n'); end != std::string::npos) {
      std::string line = heard_.substr(0, end);
      heard_.erase(0, end + 1);
      return line;
    }
    const bool readable = wait_until(deadline, [this] {
      pollfd question{output_.get(), POLLIN, 0};
      return ::poll(&question, 1, 0) == 1;
    });
    char piece[4096];
    const ssize_t count = readable ? ::read(output_.get(), piece, sizeof piece) : 0;
    if (count <= 0) throw std::runtime_error("a child process said nothing");
    heard_.append(piece, static_cast<std::size_t>(count));
  }
}

std::string describe_status(int status) {
  if (WIFSIGNALED(status)) return "killed by signal " + std::to_string(WTERMSIG(status));
  return "exit status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace konduit::chaos
