#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace konduit::flags::testing {

/// A folder with some empty files, removed at the end.
class TemporaryFiles {
 public:
  TemporaryFiles() {
    std::string name = (std::filesystem::temp_directory_path() / "konduit-flags-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~TemporaryFiles() { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name, const std::string& content = "") const {
    std::ofstream(folder_ / name) << content;
    return folder_ / name;
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace konduit::flags::testing
