#include "process_state.hpp"

#include <malloc.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

namespace konduit::conformance {

namespace fs = std::filesystem;

ProcessState ProcessState::now() {
  ProcessState state;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const auto what = fs::read_symlink(entry.path(), gone);
    // The folder that is being read is a descriptor too.
    if (gone || what.string().ends_with("/fd")) continue;
    state.descriptors.insert(entry.path().filename().string() + " -> " + what.string());
  }
  const auto tasks = fs::directory_iterator("/proc/self/task");
  state.threads = static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
  return state;
}

std::string ProcessState::beyond(const ProcessState& before) const {
  std::string text;
  for (const auto& descriptor : descriptors) {
    if (!before.descriptors.contains(descriptor)) text += "descriptor " + descriptor + "; ";
  }
  if (threads > before.threads) text += std::to_string(threads - before.threads) + " more threads; ";
  return text;
}

std::size_t allocated_bytes() noexcept {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

}  // namespace konduit::conformance
