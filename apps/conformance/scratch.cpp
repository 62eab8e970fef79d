#include "scratch.hpp"

#include <cstdlib>
#include <string>
#include <system_error>

namespace konduit::conformance {
namespace {

constexpr const char* kName = "KONDUIT_SCRATCH";

}  // namespace

Scratch::Scratch() {
  if (std::getenv(kName)) return;
  std::string path = (std::filesystem::temp_directory_path() / "konduit-conformance-XXXXXX").string();
  if (!mkdtemp(path.data())) return;
  folder_ = path;
  setenv(kName, path.c_str(), 1);
}

Scratch::~Scratch() {
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

}  // namespace konduit::conformance
