#include "telemetry/cpu_profiler.hpp"

#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>

#include "konduit/error.hpp"
#include "konduit/event.hpp"

namespace konduit::telemetry {
namespace {

constexpr const char* kLibrary = "libprofiler.so.0";

void* symbol(void* library, const char* name) {
  void* found = ::dlsym(library, name);
  if (found == nullptr) throw StartError(std::string(kLibrary) + " has no " + name);
  return found;
}

/// A file without a name, which the profiler can write to by a path.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(::memfd_create("profile", MFD_CLOEXEC)) {}
  ~MemoryFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  bool good() const noexcept { return descriptor_ >= 0; }
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }
  std::string content() const {
    std::string text;
    std::array<char, 64 * 1024> piece;
    ssize_t count = 0;
    while ((count = ::pread(descriptor_, piece.data(), piece.size(), static_cast<off_t>(text.size()))) > 0) {
      text.append(piece.data(), static_cast<std::size_t>(count));
    }
    return text;
  }

 private:
  const int descriptor_;
};

}  // namespace

CpuProfiler::CpuProfiler() {
  void* library = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) {
    throw StartError(std::string("profiling needs ") + kLibrary + " (Debian: libgoogle-perftools4): " + ::dlerror());
  }
  start_ = reinterpret_cast<int (*)(const char*)>(symbol(library, "ProfilerStart"));
  stop_ = reinterpret_cast<void (*)()>(symbol(library, "ProfilerStop"));
}

awaitable<std::string> CpuProfiler::profile(Shard& shard, Duration length) {
  const MemoryFile file;
  if (!file.good() || start_(file.path().c_str()) == 0) co_return std::string();
  busy_ = true;
  Event never(shard);
  const error_code ended = co_await never.wait(shard.now() + length);
  stop_();
  busy_ = false;
  co_return ended == asio::error::operation_aborted ? std::string() : file.content();
}

}  // namespace konduit::telemetry
