#include "support/konduit_process.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace konduit::test_support {
namespace {

std::string content_of(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Readable when a file has been moved to its name in `folder`.
socket::FileDescriptor watch_names(const std::string& folder) {
  socket::FileDescriptor watch(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (::inotify_add_watch(watch.get(), folder.c_str(), IN_MOVED_TO) < 0) throw std::runtime_error("inotify");
  return watch;
}

void forget_events(int watch) {
  std::array<char, 4096> events;
  while (::read(watch, events.data(), events.size()) > 0) {
  }
}

std::vector<std::string> command(std::vector<std::string> arguments, const std::string& ready_file) {
  arguments.insert(arguments.begin(), konduit_program());
  arguments.insert(arguments.end(), {"--ready-file", ready_file});
  return arguments;
}

}  // namespace

std::string konduit_program() { return KONDUIT_PROGRAM; }

Outcome outcome_of_konduit(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), konduit_program());
  Program program(std::move(arguments));
  const auto status = program.exit_status();
  if (!status) throw std::runtime_error("konduit did not end; it wrote: " + program.output());
  return {*status, program.output()};
}

KonduitProcess::KonduitProcess(const TempDirectory& folder, const std::string& name, std::string_view document)
    : KonduitProcess(folder, name, std::vector<std::string>{"run", folder.write(name + ".yaml", document)}) {}

KonduitProcess::KonduitProcess(const TempDirectory& folder, const std::string& name, std::vector<std::string> arguments)
    : ready_file_(folder.file(name + ".ready")),
      watch_(watch_names(folder.path())),
      program_(command(std::move(arguments), ready_file_)) {}

void KonduitProcess::await_ready() {
  const auto ready = [this] {
    forget_events(watch_.get());
    return std::filesystem::exists(ready_file_);
  };
  if (!program_.wait(ready, kPatience, watch_.get())) {
    throw std::runtime_error("no ready file; konduit wrote: " + program_.output());
  }
}

std::string KonduitProcess::url(std::string_view id) const {
  const std::string text = content_of(ready_file_);
  const std::string before = "{\"id\": \"" + std::string(id) + "\", \"url\": \"";
  const auto at = text.find(before);
  if (at == text.npos) throw std::runtime_error("no listener " + std::string(id) + " in " + text);
  const auto begin = at + before.size();
  return text.substr(begin, text.find('"', begin) - begin);
}

}  // namespace konduit::test_support
